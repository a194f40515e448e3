package dev.berth.executor.worker;

import java.util.EnumSet;
import java.util.Set;

/**
 * Where a worker stands on this executor. The transitions are all there are; anything else is a
 * defect.
 */
public enum WorkerState {
  /** As PREPARING; written by earlier agents. */
  CREATING,
  /** Known. Its copy is opened and restored, then its container started and looked at. */
  PREPARING,
  /** Runs may start. */
  READY,
  /** Its copy is being saved; from some point on its container is stopped. */
  STOPPING,
  /** Saved and stopped; container and disk stay as a cache. */
  STOPPED,
  /** Could not be made or kept. */
  FAILED,
  /** Its container vanished or stopped behind our back. */
  LOST,
  /** The control plane gave it up while this executor was away: nothing of it may run any more. */
  GIVEN_UP;

  private Set<WorkerState> next() {
    return switch (this) {
      case CREATING -> EnumSet.of(PREPARING, FAILED, STOPPING, GIVEN_UP);
      case PREPARING -> EnumSet.of(READY, FAILED, STOPPING, GIVEN_UP);
      case READY -> EnumSet.of(PREPARING, STOPPING, LOST, FAILED, GIVEN_UP);
      case STOPPING -> EnumSet.of(READY, STOPPED, PREPARING, LOST, FAILED, GIVEN_UP);
      case STOPPED -> EnumSet.of(PREPARING, STOPPING, GIVEN_UP);
      case FAILED, LOST -> EnumSet.of(STOPPING, GIVEN_UP);
      case GIVEN_UP -> EnumSet.noneOf(WorkerState.class);
    };
  }

  /** To itself always: steps are repeated. */
  public boolean canBecome(WorkerState other) {
    return this == other || next().contains(other);
  }

  /** Whether a container of it is meant to run. */
  public boolean runs() {
    return this == READY;
  }
}
