package dev.berth.controlplane.worker;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A copy's row: a session's files on one executor's disk.
 *
 * @param generation of the worker that last could write it
 * @param dirty whether it may hold what no snapshot has
 * @param instance as the executor names what it made; empty where it has not said
 * @param salvage a worker that was given up wrote it: it is saved as RESCUED, then removed
 */
public record Copy(
    SessionId sessionId,
    ExecutorId executorId,
    long generation,
    @Nullable SnapshotId baseSnapshotId,
    CopyState state,
    boolean dirty,
    long dirtyVersion,
    Orders orders,
    boolean salvage,
    long diskBytes,
    String instance) {

  /**
   * Orders to sync, stop, salvage or remove it. {@code given} rises with each; {@code answered} is
   * the last one done; {@code failures} in a row, the last one's {@code error}, and when the next
   * try is due.
   */
  public record Orders(
      long given,
      long answered,
      String reason,
      int failures,
      String error,
      @Nullable Instant nextTime) {

    boolean outstanding() {
      return answered < given;
    }

    boolean due(Instant now) {
      return nextTime == null || !nextTime.isAfter(now);
    }
  }

  /** Whether a new worker of the session may run nowhere else: only here is what it last wrote. */
  public boolean binds() {
    return state == CopyState.PRESENT && dirty && !salvage;
  }

  /** Whether what the executor has now was made after this one vanished. */
  boolean replacedBy(String other) {
    return (state == CopyState.PRESENT || state == CopyState.ABANDONED)
        && !instance.isEmpty()
        && !other.isEmpty()
        && !instance.equals(other);
  }

  /**
   * Whether it is on its way out, so that no worker can use it and none can be placed beside it.
   */
  public boolean leaving() {
    return salvage || state == CopyState.REMOVING || state == CopyState.ABANDONED;
  }
}
