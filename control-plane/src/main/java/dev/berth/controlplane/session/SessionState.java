package dev.berth.controlplane.session;

import java.util.EnumSet;
import java.util.Set;

/**
 * What a session is, as against what is wished of it. The constants' names are those of the
 * database and of the API.
 */
public enum SessionState {
  STOPPED,
  ACTIVATING,
  ACTIVE,
  STOPPING,
  DELETING,
  DELETED;

  /** The states that may directly follow this one. */
  public Set<SessionState> next() {
    return switch (this) {
      case STOPPED -> EnumSet.of(ACTIVATING, DELETING);
      case ACTIVATING -> EnumSet.of(ACTIVE, STOPPED, DELETING);
      case ACTIVE -> EnumSet.of(STOPPING, ACTIVATING, DELETING);
      case STOPPING -> EnumSet.of(STOPPED, ACTIVE, DELETING);
      case DELETING -> EnumSet.of(DELETED);
      case DELETED -> EnumSet.noneOf(SessionState.class);
    };
  }

  public boolean canBecome(SessionState other) {
    return next().contains(other);
  }
}
