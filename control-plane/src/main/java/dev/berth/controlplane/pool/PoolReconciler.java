package dev.berth.controlplane.pool;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.PoolId;
import dev.berth.common.Id.PooledContainerId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.IdSource;
import dev.berth.controlplane.executor.Executor;
import dev.berth.controlplane.executor.ExecutorService;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.loop.Reconciler;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Keeps pools at their size, on executors that are connected, match and have room; takes away what
 * no pool wants, what ended workers had claimed, and what stands where workers need the room.
 */
@Singleton
public final class PoolReconciler implements Reconciler {
  static final String TOPIC = "pools";

  /** States of workers that may use what they claimed. */
  private static final List<String> LIVE = List.of("CREATING", "PREPARING", "READY", "STOPPING");

  private final PoolRepository pools;
  private final PooledContainerRepository containers;
  private final ExecutorService executors;
  private final Transactions transactions;
  private final Notifications notifications;
  private final IdSource ids;
  private final Clock clock;

  PoolReconciler(
      PoolRepository pools,
      PooledContainerRepository containers,
      ExecutorService executors,
      Transactions transactions,
      Notifications notifications,
      IdSource ids,
      Clock clock) {
    this.pools = pools;
    this.containers = containers;
    this.executors = executors;
    this.transactions = transactions;
    this.notifications = notifications;
    this.ids = ids;
    this.clock = clock;
  }

  @Override
  public String name() {
    return "pools";
  }

  @Override
  public Duration interval() {
    return Duration.ofSeconds(2);
  }

  @Override
  public Duration rest() {
    return Duration.ofMillis(200);
  }

  @Override
  public List<String> topics() {
    return List.of(TOPIC);
  }

  @Override
  public void runOnce() {
    transactions.run(() -> {
      containers.forgetOfDeletedExecutors();
      tell(containers.retire(LIVE, clock.instant()));
      tell(containers.retry(clock.instant()));
    });
    Set<ProjectId> projects = new HashSet<>();
    for (PoolId id : pools.ids()) {
      transactions.run(() ->
          pools
              .tryLock(id)
              .ifPresent(pool -> {
                projects.add(pool.projectId());
                settle(pool);
              }));
    }
    projects.forEach(project -> transactions.run(() -> makeRoom(project)));
  }

  private void settle(Pool pool) {
    List<Executor> connected = executors.connected(pool.projectId());
    Fill fill =
        new Fill(
            pool,
            connected,
            executors.used(ids(connected)),
            containers.ofExecutors(ids(connected)));
    for (ExecutorId executor : fill.missing()) {
      containers.insert(new PooledContainerId(ids.next()), pool, executor, clock.instant());
      tell(List.of(executor));
    }
    fill.surplus().forEach(this::remove);
  }

  /** Workers come first: where they and pooled containers exceed an executor, some of these go. */
  private void makeRoom(ProjectId project) {
    List<Executor> connected = executors.connected(project);
    var used = executors.used(ids(connected));
    List<PooledContainer> all = containers.ofExecutors(ids(connected));
    for (Executor executor : connected) {
      Fill.excess(executor, used, all).forEach(this::remove);
    }
  }

  private void remove(PooledContainer container) {
    if (containers.remove(container.id(), clock.instant())) {
      tell(List.of(container.executorId()));
    }
  }

  private static List<ExecutorId> ids(List<Executor> executors) {
    return executors.stream().map(Executor::id).toList();
  }

  private void tell(Collection<ExecutorId> there) {
    Set.copyOf(there).forEach(executor -> notifications.publish("executor:" + executor));
  }
}
