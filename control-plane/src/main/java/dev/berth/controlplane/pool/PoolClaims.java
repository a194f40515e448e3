package dev.berth.controlplane.pool;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.PoolId;
import dev.berth.common.Id.PooledContainerId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.WorkerId;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.session.SessionSpec;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** How workers come to pooled containers. Every method joins the caller's transaction. */
@Singleton
public final class PoolClaims {
  private final PoolRepository pools;
  private final PooledContainerRepository containers;
  private final Notifications notifications;
  private final Clock clock;

  PoolClaims(
      PoolRepository pools,
      PooledContainerRepository containers,
      Notifications notifications,
      Clock clock) {
    this.pools = pools;
    this.containers = containers;
    this.notifications = notifications;
    this.clock = clock;
  }

  /** Executors that have a container ready that fits the spec. */
  public Set<ExecutorId> warm(ProjectId project, SessionSpec spec) {
    return spec.manifest().mountsMore()
        ? Set.of()
        : containers.warm(project, PoolSpec.of(spec).fitKey());
  }

  /**
   * Binds one of the executor's that fits to the worker, if there is one, and counts it. Two
   * workers never get the same, and neither waits for the other. None fits where a manifest mounts
   * more.
   */
  public void claim(WorkerId worker, ProjectId project, ExecutorId executor, SessionSpec spec) {
    if (spec.manifest().mountsMore()) {
      return;
    }
    String fitKey = PoolSpec.of(spec).fitKey();
    Optional<PoolId> pool = containers.claim(worker, project, executor, fitKey, clock.instant());
    pool.ifPresentOrElse(pools::hit, () -> pools.missed(project, fitKey));
    // to fill the gap, or to make room where all was taken
    notifications.publish(PoolReconciler.TOPIC);
  }

  /** What workers of the executor have claimed. */
  public Map<WorkerId, PooledContainerId> of(ExecutorId executor) {
    return containers.claims(executor);
  }
}
