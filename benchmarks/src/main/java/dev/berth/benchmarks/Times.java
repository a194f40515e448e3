package dev.berth.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** What took how long, by name, in the order the names were first seen. */
final class Times {
  private final Map<String, List<Long>> nanos = new LinkedHashMap<>();

  <T> T of(String name, Callable<T> work) throws Exception {
    long from = System.nanoTime();
    T result = work.call();
    add(name, System.nanoTime() - from);
    return result;
  }

  void add(String name, long took) {
    nanos.computeIfAbsent(name, any -> new ArrayList<>()).add(took);
  }

  void print() {
    System.out.printf("%-44s %6s %9s %9s %9s%n", "ms", "n", "min", "p50", "max");
    nanos.forEach((name, all) -> {
      Collections.sort(all);
      System.out.printf(
          "%-44s %6d %9.1f %9.1f %9.1f%n",
          name,
          all.size(),
          all.getFirst() / 1e6,
          all.get(all.size() / 2) / 1e6,
          all.getLast() / 1e6);
    });
  }
}
