package dev.berth.controlplane.run;

import java.util.EnumSet;
import java.util.Set;

/** Where a run stands. The constants' names are those of the database and of the API. */
public enum RunState {
  /** Waits for other runs. Reserved for workflows. */
  BLOCKED,
  QUEUED,
  /** Claimed: its process is being started. */
  STARTING,
  RUNNING,
  /** Waits for a person. */
  WAITING,
  SUCCEEDED,
  FAILED,
  CANCELED,
  SKIPPED,
  EXPIRED;

  /** The states that may directly follow this one; none for a state that ends the run. */
  public Set<RunState> next() {
    return switch (this) {
      case BLOCKED -> EnumSet.of(QUEUED, CANCELED, SKIPPED, EXPIRED);
      case QUEUED -> EnumSet.of(STARTING, FAILED, CANCELED, SKIPPED, EXPIRED);
      case STARTING -> EnumSet.of(RUNNING, QUEUED, FAILED, CANCELED);
      case RUNNING -> EnumSet.of(WAITING, QUEUED, SUCCEEDED, FAILED, CANCELED, EXPIRED);
      case WAITING -> EnumSet.of(RUNNING, QUEUED, SUCCEEDED, FAILED, CANCELED, EXPIRED);
      case SUCCEEDED, FAILED, CANCELED, SKIPPED, EXPIRED -> EnumSet.noneOf(RunState.class);
    };
  }

  public boolean canBecome(RunState other) {
    return next().contains(other);
  }

  /** Whether an attempt is under way. */
  public boolean active() {
    return this == STARTING || this == RUNNING || this == WAITING;
  }

  /** Whether the run has ended; such a run never changes again. */
  public boolean terminal() {
    return next().isEmpty();
  }
}
