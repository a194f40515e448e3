package dev.berth.controlplane.exec;

import java.util.EnumSet;
import java.util.Set;

/** What an exec is. The constants' names are those of the database and of the API. */
public enum ExecState {
  /** Its executor is told to start it. */
  STARTING,
  RUNNING,
  /** Its program has ended, and how is known. */
  EXITED,
  /** Nobody can say how it ended, or it never began. */
  LOST;

  /** The states that may directly follow this one. */
  public Set<ExecState> next() {
    return switch (this) {
      case STARTING -> EnumSet.of(RUNNING, EXITED, LOST);
      case RUNNING -> EnumSet.of(EXITED, LOST);
      case EXITED, LOST -> EnumSet.noneOf(ExecState.class);
    };
  }

  public boolean ended() {
    return next().isEmpty();
  }
}
