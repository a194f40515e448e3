package dev.berth.benchmarks;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** {@code ./dev bench NAME [ROUNDS] [--json]}. */
public final class Main {
  private static final int ROUNDS = 5;
  private static final Map<String, Benchmark> BENCHMARKS = benchmarks();

  private Main() {}

  private static Map<String, Benchmark> benchmarks() {
    Map<String, Benchmark> all =
        new TreeMap<>(
            Map.of(
                "main-job", new MainJob(),
                "queue", new RunQueue(EnumSet.allOf(RunQueue.Part.class)),
                "activate", new Activate(),
                "events", new Events(),
                "bulk", new BulkCreate(),
                "workspace", new WorkspaceTransfers()));
    for (RunQueue.Part part : RunQueue.Part.values()) {
      all.put("queue-" + part.name().toLowerCase(Locale.ROOT), new RunQueue(EnumSet.of(part)));
    }
    return all;
  }

  public static void main(String[] arguments) throws Exception {
    // each application brings a configuration: logback would tell which of them it took
    System.setProperty(
        "logback.statusListenerClass", "ch.qos.logback.core.status.NopStatusListener");
    List<String> words =
        List.of(arguments).stream().filter(word -> !word.equals("--json")).toList();
    Benchmark benchmark = words.isEmpty() ? null : BENCHMARKS.get(words.getFirst());
    if (benchmark == null) {
      System.err.println("benchmarks: " + String.join(", ", BENCHMARKS.keySet()));
      System.exit(2);
      return;
    }
    Times times = benchmark.run(words.size() > 1 ? Integer.parseInt(words.get(1)) : ROUNDS);
    if (words.size() < arguments.length) {
      times.printJson();
    } else {
      times.print();
    }
  }
}
