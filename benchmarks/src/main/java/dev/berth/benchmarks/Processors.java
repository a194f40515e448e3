package dev.berth.benchmarks;

import dev.berth.testing.stack.Stack;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/** The processor time of a stack's parts, from its making on. */
final class Processors {
  private static final String POSTGRES = "PostgreSQL";

  private final Map<String, Long> parts;
  private final Map<String, Duration> before = new LinkedHashMap<>();

  /**
   * @param programs what to look at beside PostgreSQL: names and process ids, in the order of the
   *     table
   */
  Processors(Stack stack, Map<String, Long> programs) {
    parts = new LinkedHashMap<>(programs);
    parts.put(POSTGRES, stack.postmaster());
    parts.forEach((name, pid) -> before.put(name, used(name, pid)));
  }

  /** In all. */
  void into(Times times) {
    parts.forEach((name, pid) -> times.add("processor time, " + name, since(name, pid).toNanos()));
  }

  /** Each of so many, in microseconds. */
  void each(Times times, String what, int count) {
    parts.forEach((name, pid) ->
        times.add(what + ": processor, " + name, "us", since(name, pid).toNanos() / 1e3 / count));
  }

  private Duration since(String name, long pid) {
    return used(name, pid).minus(before.getOrDefault(name, Duration.ZERO));
  }

  /** Of PostgreSQL with its backends. */
  private static Duration used(String name, long pid) {
    Stream<ProcessHandle> all = ProcessHandle.of(pid).stream();
    if (name.equals(POSTGRES)) {
      all = Stream.concat(all, ProcessHandle.of(pid).stream().flatMap(ProcessHandle::children));
    }
    return all.map(process -> process.info().totalCpuDuration().orElse(Duration.ZERO))
        .reduce(Duration.ZERO, Duration::plus);
  }
}
