package dev.berth.benchmarks;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * What took how long, in milliseconds, and how much memory was held, in MiB; by name, in the order
 * the names were first seen.
 */
final class Times {
  private record Measure(String unit, List<Double> values) {
    double middle() {
      List<Double> sorted = values.stream().sorted().toList();
      return sorted.get(sorted.size() / 2);
    }

    double least() {
      return values.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    }

    double most() {
      return values.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    }
  }

  private final Map<String, Measure> measures = new LinkedHashMap<>();
  private final Map<String, Double> reaches = new HashMap<>();

  <T> T of(String name, Callable<T> work) throws Exception {
    long from = System.nanoTime();
    T result = work.call();
    add(name, System.nanoTime() - from);
    return result;
  }

  void add(String name, long nanos) {
    add(name, "ms", nanos / 1e6);
  }

  void add(String name, String unit, double value) {
    measures.computeIfAbsent(name, any -> new Measure(unit, new ArrayList<>())).values().add(value);
  }

  /** What the median of a measure is to stay below. */
  void reach(String name, double atMost) {
    reaches.put(name, atMost);
  }

  void print() {
    System.out.printf("%-44s %4s %6s %9s %9s %9s%n", "", "unit", "n", "min", "p50", "max");
    measures.forEach((name, measure) ->
        System.out.printf(
            "%-44s %4s %6d %9.1f %9.1f %9.1f%n",
            name,
            measure.unit(),
            measure.values().size(),
            measure.least(),
            measure.middle(),
            measure.most()));
  }

  /** A line of JSON a measure; null where there is nothing to compare with. */
  void printJson() {
    var gson = new GsonBuilder().serializeNulls().disableHtmlEscaping().create();
    measures.forEach((name, measure) -> System.out.println(gson.toJson(json(name, measure))));
  }

  private JsonObject json(String name, Measure measure) {
    @Nullable Double reach = reaches.get(name);
    var line = new JsonObject();
    line.addProperty("measure", name);
    line.addProperty("unit", measure.unit());
    line.addProperty("ours", measure.middle());
    line.add("against", JsonNull.INSTANCE);
    line.add("other", JsonNull.INSTANCE);
    line.add("ratio", JsonNull.INSTANCE);
    line.addProperty("reach", reach);
    line.addProperty("ok", reach == null || measure.middle() <= reach);
    return line;
  }
}
