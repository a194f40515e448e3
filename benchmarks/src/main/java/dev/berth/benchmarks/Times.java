package dev.berth.benchmarks;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

    /** The smallest value that 99 in a hundred do not exceed. */
    double almostMost() {
      List<Double> sorted = values.stream().sorted().toList();
      return sorted.get((int) Math.ceil(sorted.size() * 0.99) - 1);
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
  private final List<Comparison> comparisons = new ArrayList<>();

  /** The medians of two measures; or, with no other, the 99th percentile of one. */
  private record Comparison(String name, String ours, @Nullable String other, double reach) {}

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

  /** What the median of a measure, divided by that of another, is to stay below. */
  void against(String ours, String other, double ratio) {
    comparisons.add(new Comparison(ours + " / " + other, ours, other, ratio));
  }

  /** The same, against the least of the medians of others: call when all is measured. */
  void againstLeast(String ours, List<String> others, double ratio) {
    against(
        ours,
        others.stream().min(Comparator.comparing(other -> measure(other).middle())).orElseThrow(),
        ratio);
  }

  /** What 99 in a hundred of a measure are to stay below. */
  void reachAlmostAlways(String name, double atMost) {
    comparisons.add(new Comparison(name + ", p99", name, null, atMost));
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
    for (Comparison each : comparisons) {
      System.out.printf("%-66s %8.2f, reach %.1f%n", each.name(), value(each), each.reach());
    }
  }

  private double value(Comparison each) {
    Measure ours = measure(each.ours());
    return each.other() == null
        ? ours.almostMost()
        : ours.middle() / measure(each.other()).middle();
  }

  private Measure measure(String name) {
    return Objects.requireNonNull(measures.get(name), name);
  }

  /** A line of JSON a measure; null where there is nothing to compare with. */
  void printJson() {
    var gson = new GsonBuilder().serializeNulls().disableHtmlEscaping().create();
    measures.forEach((name, measure) -> System.out.println(gson.toJson(json(name, measure))));
    comparisons.forEach(each -> System.out.println(gson.toJson(json(each))));
  }

  private JsonObject json(Comparison each) {
    Measure ours = measure(each.ours());
    double value = value(each);
    String other = each.other();
    var line = new JsonObject();
    line.addProperty("measure", each.name());
    line.addProperty("unit", ours.unit());
    line.addProperty("ours", other == null ? value : ours.middle());
    line.addProperty("against", other);
    line.addProperty("other", other == null ? null : measure(other).middle());
    line.addProperty("ratio", other == null ? null : value);
    line.addProperty("reach", each.reach());
    line.addProperty("ok", value <= each.reach());
    return line;
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
