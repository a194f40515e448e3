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
import org.jspecify.annotations.Nullable;

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

  /**
   * What the pools of a project have for a session when its worker is placed.
   *
   * @param pools whether there are any
   * @param fitKey of what fits the session; null where nothing of a pool ever does
   * @param warm executors with a container ready that fits
   */
  public record Offer(
      ProjectId project, boolean pools, @Nullable String fitKey, Set<ExecutorId> warm) {
    public Offer {
      warm = Set.copyOf(warm);
    }
  }

  /** None of a pool fits where a manifest mounts more. */
  public Offer offer(ProjectId project, SessionSpec spec) {
    String fitKey = spec.manifest().mountsMore() ? null : PoolSpec.of(spec).fitKey();
    return containers.offer(project, fitKey);
  }

  /**
   * Binds one of the executor's that fits to the worker, if there is one, and counts it. Two
   * workers never get the same, and neither waits for the other.
   */
  public void claim(WorkerId worker, ExecutorId executor, Offer offer) {
    if (!offer.pools()) {
      return;
    }
    String fitKey = offer.fitKey();
    if (fitKey != null) {
      Optional<PoolId> pool =
          offer.warm().contains(executor)
              ? containers.claim(worker, offer.project(), executor, fitKey, clock.instant())
              : Optional.empty();
      pool.ifPresentOrElse(pools::hit, () -> pools.missed(offer.project(), fitKey));
    }
    // to fill the gap, or to make room where all was taken
    notifications.publish(PoolReconciler.TOPIC);
  }

  /** What workers of the executor have claimed. */
  public Map<WorkerId, PooledContainerId> of(ExecutorId executor) {
    return containers.claims(executor);
  }
}
