package dev.berth.controlplane.session;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.platform.auth.Actor;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A session's row. {@code wish} is written by users and the idle rule, {@code status} and {@code
 * activation} by the reconcilers, {@code headSnapshotId} by the commit of a snapshot; {@code
 * version} is the etag.
 */
public record Session(
    SessionId id,
    ProjectId projectId,
    @Nullable String name,
    Map<String, String> labels,
    long version,
    Instant createTime,
    Instant updateTime,
    Actor createdBy,
    Lineage lineage,
    SessionSpec spec,
    Wish wish,
    Status status,
    Activation activation,
    Activity activity,
    boolean throwaway,
    @Nullable SnapshotId headSnapshotId) {

  /** Who caused it, and what belongs together. Immutable. */
  public record Lineage(
      @Nullable SessionId parentId,
      SessionId rootId,
      int depth,
      String originKind,
      String originId,
      String correlationId,
      String traceId) {}

  /**
   * What is wished. {@code removeCopy} goes with STOPPED, {@code force} (also what is not saved)
   * with STOPPED and DELETED; {@code generation} rises with each change.
   */
  public record Wish(DesiredState desired, boolean removeCopy, boolean force, long generation) {}

  /** What is, since when and why; {@code observedGeneration} is the last wish brought about. */
  public record Status(
      SessionState state, Instant since, String reason, String message, long observedGeneration) {}

  /** The generation of its newest worker, the activations failed in a row, and when to try next. */
  public record Activation(long workerGeneration, int failures, @Nullable Instant nextTime) {}

  /** Counts uses; the idle rule stops a session only where no use was counted meanwhile. */
  public record Activity(long version, Instant lastTime) {}

  /** Whether only ActivateSession wakes it. One made for a run is woken by that. */
  public boolean asleep() {
    return !throwaway && !spec.rules().autoResume() && wish.desired() == DesiredState.STOPPED;
  }

  /** Whether that is its wish already, so that nothing would come of wishing it once more. */
  boolean isWished(DesiredState desired, boolean removeCopy, boolean force) {
    boolean same = wish.desired() == desired;
    return same
        && wish.removeCopy() == removeCopy
        && (wish.force() || !force)
        && (desired != DesiredState.ACTIVE || activation.nextTime() == null);
  }

  public boolean deleted() {
    return wish.desired() == DesiredState.DELETED;
  }
}
