package dev.berth.controlplane.executor;

import java.util.EnumSet;
import java.util.Set;

/**
 * What operators wish of an executor, and how far that is. Names are those of the database and of
 * the API.
 */
public enum ExecutorState {
  ACTIVE,
  CORDONED,
  DRAINING,
  DRAINED,
  DELETED;

  /** The states that may directly follow this one. */
  public Set<ExecutorState> next() {
    return switch (this) {
      case ACTIVE -> EnumSet.of(CORDONED, DRAINING, DELETED);
      case CORDONED -> EnumSet.of(ACTIVE, DRAINING, DELETED);
      case DRAINING -> EnumSet.of(ACTIVE, DRAINED, DELETED);
      case DRAINED -> EnumSet.of(ACTIVE, DRAINING, DELETED);
      case DELETED -> EnumSet.noneOf(ExecutorState.class);
    };
  }

  public boolean canBecome(ExecutorState other) {
    return next().contains(other);
  }

  /** Whether what is there is to go elsewhere. */
  public boolean leaving() {
    return this == DRAINING || this == DRAINED;
  }
}
