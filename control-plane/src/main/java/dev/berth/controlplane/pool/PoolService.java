package dev.berth.controlplane.pool;

import dev.berth.common.Id.PoolId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.IdSource;
import dev.berth.controlplane.event.EventService;
import dev.berth.controlplane.event.NewEvent;
import dev.berth.controlplane.executor.ExecutorService;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What users do to pools. It records what is wanted; the reconciler brings it about. */
@Singleton
final class PoolService {
  private final PoolRepository pools;
  private final PooledContainerRepository containers;
  private final ExecutorService executors;
  private final EventService events;
  private final Transactions transactions;
  private final Notifications notifications;
  private final IdSource ids;
  private final Clock clock;

  PoolService(
      PoolRepository pools,
      PooledContainerRepository containers,
      ExecutorService executors,
      EventService events,
      Transactions transactions,
      Notifications notifications,
      IdSource ids,
      Clock clock) {
    this.pools = pools;
    this.containers = containers;
    this.executors = executors;
    this.events = events;
    this.transactions = transactions;
    this.notifications = notifications;
    this.ids = ids;
    this.clock = clock;
  }

  PoolView create(ProjectId project, String name, PoolChange wanted, Actor actor) {
    return transactions.call(() -> {
      PoolId id = new PoolId(ids.next());
      if (!pools.insert(id, project, name, wanted, actor, clock.instant())) {
        throw PoolErrors.nameTaken(name, pools.find(project, name).map(Pool::id).orElse(id));
      }
      Pool made = pools.find(project, id).orElseThrow();
      changed(made, actor, "pool.created", "Created");
      return view(made);
    });
  }

  PoolView get(ProjectId project, String idOrName) {
    return transactions.call(() -> view(find(project, idOrName)));
  }

  /** By name, those behind {@code after}. */
  List<PoolView> list(ProjectId project, String after, int limit) {
    return transactions.call(() -> views(pools.list(project, after, limit)));
  }

  PoolView update(
      ProjectId project,
      String idOrName,
      @Nullable Long version,
      UnaryOperator<PoolChange> change,
      Actor actor) {
    return transactions.call(() -> {
      Pool old = pools.lock(find(project, idOrName));
      requireVersion(old, version);
      pools.update(old, change.apply(old.wanted()), clock.instant());
      changed(old, actor, "pool.updated", "Updated");
      return view(find(project, idOrName));
    });
  }

  void delete(ProjectId project, String idOrName, @Nullable Long version, Actor actor) {
    transactions.run(() -> {
      Pool old = pools.lock(find(project, idOrName));
      requireVersion(old, version);
      pools.delete(old.id());
      changed(old, actor, "pool.deleted", "Deleted");
    });
  }

  private static void requireVersion(Pool pool, @Nullable Long version) {
    if (version != null && version != pool.version()) {
      throw PoolErrors.etagStale(pool);
    }
  }

  private void changed(Pool pool, Actor actor, String type, String message) {
    events.record(
        new NewEvent(
            pool.projectId(),
            type,
            "pool",
            pool.id().toString(),
            null,
            message,
            Map.of("name", pool.name()),
            actor,
            ""));
    notifications.publish(PoolReconciler.TOPIC);
  }

  private Pool find(ProjectId project, String idOrName) {
    return parse(idOrName)
        .flatMap(id -> pools.find(project, id))
        .or(() -> pools.find(project, idOrName))
        .orElseThrow(() -> PoolErrors.notFound(idOrName));
  }

  private PoolView view(Pool pool) {
    return views(List.of(pool)).getFirst();
  }

  private List<PoolView> views(List<Pool> found) {
    List<PooledContainer> all = containers.ofPools(found.stream().map(Pool::id).toList());
    return found.stream()
        .map(pool -> PoolView.of(pool, all, id -> executors.find(id).orElseThrow().name()))
        .toList();
  }

  private static Optional<PoolId> parse(String text) {
    try {
      return Optional.of(PoolId.parse(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
