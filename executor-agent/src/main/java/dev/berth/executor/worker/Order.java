package dev.berth.executor.worker;

import dev.berth.common.Id.PooledContainerId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;
import dev.berth.executor.workspace.RestoreManifest;
import dev.berth.executor.workspace.SnapshotRef;
import java.util.Optional;

/**
 * What the control plane's rows say should be, for one session. Idempotent by the ids and numbers
 * it carries; may come again at any time, and is stale where its generation is older than what is
 * known here.
 */
public sealed interface Order {

  SessionId session();

  long generation();

  /**
   * Make this worker or say that it is there.
   *
   * @param base what the workspace must hold; empty for an empty one
   * @param manifest what must be in place
   * @param pooled the container to take, with the disk made for it, where it is there and fits
   * @param trace the W3C trace context that calls on its behalf carry; empty for none
   */
  record Ensure(
      SessionId session,
      WorkerId worker,
      long generation,
      String image,
      WorkerLimits limits,
      Optional<SnapshotRef> base,
      RestoreManifest manifest,
      Optional<PooledContainerId> pooled,
      String trace)
      implements Order {}

  /**
   * Save, live; stop the container; save the rest.
   *
   * @param skipSync what is not saved may be lost
   * @param clean the control plane knows of nothing unsaved
   */
  record Stop(
      SessionId session,
      WorkerId worker,
      long generation,
      long number,
      long dirtyVersion,
      boolean skipSync,
      boolean clean,
      boolean remove)
      implements Order {}

  /** Save the copy; nothing stops. */
  record Sync(SessionId session, long generation, long number, long dirtyVersion, String reason)
      implements Order {}

  /** Save a given-up worker's copy beside the session's line, then remove its container. */
  record Salvage(SessionId session, WorkerId worker, long generation, long number)
      implements Order {}

  /** Remove the copy with its disk, unless it is newer than {@code generation}. */
  record RemoveCopy(SessionId session, long generation, long number) implements Order {}
}
