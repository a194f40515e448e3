package dev.berth.controlplane.pool;

import dev.berth.common.Id.ExecutorId;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A pool and its containers by executor, as users see them. */
record PoolView(Pool pool, List<OnExecutor> executors) {

  /** The last failure's code and sentence are empty where there is none. */
  record OnExecutor(
      ExecutorId id,
      String name,
      int ready,
      int claimed,
      int creating,
      int failed,
      String reason,
      String message) {}

  /**
   * @param containers of this pool and others; those on their way out are not shown
   */
  static PoolView of(
      Pool pool, List<PooledContainer> containers, Function<ExecutorId, String> names) {
    Map<ExecutorId, List<PooledContainer>> byExecutor =
        containers.stream()
            .filter(container -> pool.id().equals(container.poolId()) && container.wanted())
            .collect(Collectors.groupingBy(PooledContainer::executorId));
    return new PoolView(
        pool,
        byExecutor.entrySet().stream()
            .map(entry -> on(entry.getKey(), names.apply(entry.getKey()), entry.getValue()))
            .sorted(Comparator.comparing(OnExecutor::name))
            .toList());
  }

  private static OnExecutor on(ExecutorId id, String name, List<PooledContainer> there) {
    var failed = there.stream().filter(c -> c.state() == PooledState.FAILED).findFirst();
    return new OnExecutor(
        id,
        name,
        count(there, PooledState.READY),
        count(there, PooledState.CLAIMED),
        count(there, PooledState.CREATING),
        count(there, PooledState.FAILED),
        failed.map(PooledContainer::reason).orElse(""),
        failed.map(PooledContainer::message).orElse(""));
  }

  private static int count(List<PooledContainer> there, PooledState state) {
    return (int) there.stream().filter(container -> container.state() == state).count();
  }
}
