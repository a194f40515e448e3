package dev.berth.controlplane.worker;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.common.Id.WorkerId;
import dev.berth.controlplane.manifest.RuntimeManifest;
import dev.berth.controlplane.session.SessionSpec;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A worker's row: one incarnation of a session's container. {@code generation} is unique within the
 * session and rises.
 *
 * @param skipSync with a wish to stop or remove: nothing needs saving, or it may be lost
 * @param limits what it was ordered with
 * @param baseSnapshotId the head when it was ordered
 * @param manifest the session's when it was ordered
 * @param traceId what its orders belong to; empty for none
 */
public record Worker(
    WorkerId id,
    ProjectId projectId,
    SessionId sessionId,
    ExecutorId executorId,
    long generation,
    Instant createTime,
    Instant updateTime,
    WorkerWish wish,
    boolean skipSync,
    WorkerState state,
    Progress progress,
    String reason,
    String message,
    Container container,
    SessionSpec.Limits limits,
    @Nullable SnapshotId baseSnapshotId,
    RuntimeManifest manifest,
    String traceId,
    @Nullable Instant readyTime) {

  /**
   * While PREPARING: {@code restore}, then, with a manifest, {@code link} and {@code validate};
   * when FAILED the one it ended in; {@link #SYNC}. And bytes of it.
   */
  public record Progress(String phase, long bytes, long totalBytes) {
    public static final Progress NONE = new Progress("", 0, 0);

    /** The phase of a worker in any state whose copy is being saved. */
    static final String SYNC = "sync";
  }

  /** The image as ordered, its digest and the container's name as the executor says. */
  public record Container(String image, String imageDigest, String ref) {
    boolean is(String otherRef, String otherDigest) {
      return ref.equals(otherRef) && imageDigest.equals(otherDigest);
    }
  }

  /** Whether a run may be started in it. */
  public boolean usable() {
    return state == WorkerState.READY && wish == WorkerWish.READY;
  }
}
