package dev.berth.benchmarks;

import java.util.Map;
import java.util.TreeMap;

/** {@code ./dev bench NAME [ARGUMENTS]}. */
public final class Main {
  private static final Map<String, Benchmark> BENCHMARKS =
      new TreeMap<>(Map.of("main-job", new MainJob()));

  private Main() {}

  public static void main(String[] arguments) throws Exception {
    Benchmark benchmark = arguments.length == 0 ? null : BENCHMARKS.get(arguments[0]);
    if (benchmark == null) {
      System.err.println("benchmarks: " + String.join(", ", BENCHMARKS.keySet()));
      System.exit(2);
    } else {
      benchmark.run(arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5);
    }
  }
}
