package dev.berth.benchmarks;

import dev.berth.testing.stack.Replica;
import dev.berth.testing.stack.Stack;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/** The processor time of the parts, from its making on. */
final class Processors {
  private final Map<String, Long> parts = new LinkedHashMap<>();
  private final Map<String, Duration> before = new LinkedHashMap<>();

  Processors(Stack stack, Replica replica) {
    parts.put("control plane with the executor's link", stack.plane().pid());
    parts.put("control plane with the watcher", replica.program().pid());
    parts.put("PostgreSQL", stack.postmaster());
    parts.put("benchmark: executor and watcher", ProcessHandle.current().pid());
    parts.forEach((name, pid) -> before.put(name, used(name, pid)));
  }

  void into(Times times) {
    parts.forEach((name, pid) ->
        times.add(
            "processor time, " + name,
            used(name, pid).minus(before.getOrDefault(name, Duration.ZERO)).toNanos()));
  }

  /** Of PostgreSQL with its backends. */
  private static Duration used(String name, long pid) {
    Stream<ProcessHandle> all = ProcessHandle.of(pid).stream();
    if (name.equals("PostgreSQL")) {
      all = Stream.concat(all, ProcessHandle.of(pid).stream().flatMap(ProcessHandle::children));
    }
    return all.map(process -> process.info().totalCpuDuration().orElse(Duration.ZERO))
        .reduce(Duration.ZERO, Duration::plus);
  }
}
