package dev.berth.controlplane.pool;

import dev.berth.common.Id.ExecutorId;
import dev.berth.controlplane.executor.Capacity;
import dev.berth.controlplane.executor.Executor;
import dev.berth.controlplane.executor.ExecutorState;
import dev.berth.controlplane.session.SessionSpec.Limits;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a pool has too few and too many of, and where. A function of what it is given. Pooled
 * containers take of an executor what is free of workers; those that could not be made count as
 * made, so that their pause is kept.
 */
final class Fill {
  private final Pool pool;
  private final List<Executor> connected;
  private final Map<ExecutorId, Capacity> taken = new HashMap<>();
  private final Map<ExecutorId, Integer> own = new HashMap<>();
  private final List<PooledContainer> mine;
  private final List<PooledContainer> outOfService;

  /**
   * @param connected the executors of the pool's project that have a link
   * @param used what live workers take of each
   * @param pooled every pooled container on them
   */
  Fill(
      Pool pool,
      List<Executor> connected,
      Map<ExecutorId, Capacity> used,
      List<PooledContainer> pooled) {
    this.pool = pool;
    this.connected = connected;
    connected.forEach(e -> taken.put(e.id(), used.getOrDefault(e.id(), Capacity.NONE)));
    pooled.stream()
        .filter(PooledContainer::takesRoom)
        .forEach(c -> taken.merge(c.executorId(), c.takes(), Fill::sum));
    Set<ExecutorId> serving =
        connected.stream().filter(Fill::inService).map(Executor::id).collect(Collectors.toSet());
    Map<Boolean, List<PooledContainer>> all =
        pooled.stream()
            .filter(c -> pool.id().equals(c.poolId()) && c.fits(pool))
            .filter(c -> c.wanted() && c.state() != PooledState.CLAIMED)
            .collect(Collectors.partitioningBy(c -> serving.contains(c.executorId())));
    mine = all.getOrDefault(true, List.of());
    outOfService = all.getOrDefault(false, List.of());
    mine.forEach(c -> own.merge(c.executorId(), 1, Integer::sum));
  }

  /** Where to make one more each; fewer than wanted where nothing has room. */
  List<ExecutorId> missing() {
    List<ExecutorId> chosen = new ArrayList<>();
    for (int left = pool.wanted().size() - mine.size(); left > 0; left--) {
      var next = connected.stream().filter(this::takes).min(Comparator.comparing(this::has));
      if (next.isEmpty()) {
        break;
      }
      ExecutorId id = next.get().id();
      chosen.add(id);
      own.merge(id, 1, Integer::sum);
      taken.merge(id, asks(), Fill::sum);
    }
    return chosen;
  }

  /**
   * All on executors that are cordoned or drained, since no session comes there any more; then
   * those that are too many, the least ready first, then the youngest.
   */
  List<PooledContainer> surplus() {
    List<PooledContainer> going = new ArrayList<>(outOfService);
    int most = pool.wanted().maxPerExecutor();
    Map<ExecutorId, Integer> left = new HashMap<>(own);
    int total = mine.size();
    for (PooledContainer each : leastFirst(mine)) {
      int there = left.getOrDefault(each.executorId(), 0);
      if (total > pool.wanted().size() || (most > 0 && there > most)) {
        going.add(each);
        total--;
        left.put(each.executorId(), there - 1);
      }
    }
    return going;
  }

  /** What has to go where workers and pooled containers are more than the executor holds. */
  static List<PooledContainer> excess(
      Executor executor, Map<ExecutorId, Capacity> used, List<PooledContainer> pooled) {
    List<PooledContainer> there =
        pooled.stream().filter(c -> c.executorId().equals(executor.id()) && c.takesRoom()).toList();
    Capacity all =
        there.stream()
            .map(PooledContainer::takes)
            .reduce(used.getOrDefault(executor.id(), Capacity.NONE), Fill::sum);
    List<PooledContainer> going = new ArrayList<>();
    for (PooledContainer each : leastFirst(there)) {
      if (fits(executor.capacity(), all)) {
        break;
      }
      going.add(each);
      all = sum(all, negative(each.takes()));
    }
    return going;
  }

  private static List<PooledContainer> leastFirst(List<PooledContainer> containers) {
    Comparator<PooledContainer> ready = Comparator.comparing(c -> c.state() == PooledState.READY);
    return containers.reversed().stream().sorted(ready).toList();
  }

  private boolean takes(Executor executor) {
    PoolSpec spec = pool.wanted().spec();
    int most = pool.wanted().maxPerExecutor();
    return executor.link().ready()
        && inService(executor)
        && !executor.diskNearlyFull()
        && executor.labels().entrySet().containsAll(spec.placementLabels().entrySet())
        && executor.hardening().entrySet().containsAll(spec.requiredHardening().entrySet())
        && (most == 0 || has(executor) < most)
        && fits(executor.capacity(), sum(taken.getOrDefault(executor.id(), Capacity.NONE), asks()));
  }

  private static boolean inService(Executor executor) {
    return executor.state() == ExecutorState.ACTIVE;
  }

  private int has(Executor executor) {
    return own.getOrDefault(executor.id(), 0);
  }

  private Capacity asks() {
    Limits limits = pool.wanted().spec().limits();
    return new Capacity(1, limits.cpuMillis(), limits.memoryBytes(), limits.diskBytes());
  }

  /** A capacity of zero thousandths or bytes is one the agent does not know. */
  private static boolean fits(Capacity has, Capacity wanted) {
    return wanted.workers() <= has.workers()
        && (has.cpuMillis() == 0 || wanted.cpuMillis() <= has.cpuMillis())
        && (has.memoryBytes() == 0 || wanted.memoryBytes() <= has.memoryBytes());
  }

  private static Capacity sum(Capacity a, Capacity b) {
    return new Capacity(
        a.workers() + b.workers(),
        a.cpuMillis() + b.cpuMillis(),
        a.memoryBytes() + b.memoryBytes(),
        a.diskBytes() + b.diskBytes());
  }

  private static Capacity negative(Capacity a) {
    return new Capacity(-a.workers(), -a.cpuMillis(), -a.memoryBytes(), -a.diskBytes());
  }
}
