package dev.berth.controlplane.worker;

import java.util.EnumSet;
import java.util.Set;

/**
 * What a worker is: mostly what its executor reports, LOST and SALVAGING by decision of the control
 * plane. The constants' names are those of the database and of the API.
 */
public enum WorkerState {
  CREATING,
  PREPARING,
  READY,
  STOPPING,
  STOPPED,
  REMOVED,
  LOST,
  SALVAGING,
  FAILED;

  /** The states that may directly follow this one. */
  public Set<WorkerState> next() {
    return switch (this) {
      case CREATING -> EnumSet.of(PREPARING, READY, STOPPING, STOPPED, REMOVED, LOST, FAILED);
      case PREPARING -> EnumSet.of(READY, STOPPING, STOPPED, REMOVED, LOST, FAILED);
      case READY -> EnumSet.of(STOPPING, STOPPED, REMOVED, LOST, FAILED);
      case STOPPING -> EnumSet.of(READY, STOPPED, REMOVED, LOST, FAILED);
      case STOPPED, FAILED -> EnumSet.of(REMOVED, LOST);
      case LOST -> EnumSet.of(SALVAGING, REMOVED);
      case SALVAGING -> EnumSet.of(LOST, REMOVED);
      case REMOVED -> EnumSet.noneOf(WorkerState.class);
    };
  }

  public boolean canBecome(WorkerState other) {
    return next().contains(other);
  }

  /** Whether a worker in this state holds its session and a share of its executor's capacity. */
  public boolean live() {
    return this == CREATING || this == PREPARING || this == READY || this == STOPPING;
  }
}
