package dev.berth.controlplane.run;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** Why an attempt or a run ended; meanings stand in {@code berth.v1.EndReason}. */
public enum EndReason {
  COMPLETED,
  EXIT_CODE,
  SIGNAL,
  OUT_OF_MEMORY,
  PIDS_LIMIT,
  DISK_FULL,
  OUTPUT_LIMIT,
  TIMEOUT,
  CANCELED,
  START_FAILED,
  START_UNKNOWN,
  WORKER_LOST,
  EXECUTOR_LOST,
  SESSION_DELETED,
  ACTIVATION_FAILED,
  JOURNAL_DAMAGED,
  START_DEADLINE,
  FINISH_DEADLINE;

  /** Those that say nothing about the command itself, so that another attempt may do better. */
  static final Set<EndReason> LOSSES =
      Collections.unmodifiableSet(EnumSet.of(START_UNKNOWN, WORKER_LOST, EXECUTOR_LOST));

  /** Whether a run may ask for another attempt after it: an attempt failed so, by itself. */
  boolean mayBeRetried() {
    return switch (this) {
      case EXIT_CODE,
          SIGNAL,
          OUT_OF_MEMORY,
          PIDS_LIMIT,
          DISK_FULL,
          OUTPUT_LIMIT,
          TIMEOUT,
          START_FAILED,
          START_UNKNOWN,
          WORKER_LOST,
          EXECUTOR_LOST,
          JOURNAL_DAMAGED ->
          true;
      case COMPLETED,
          CANCELED,
          SESSION_DELETED,
          ACTIVATION_FAILED,
          START_DEADLINE,
          FINISH_DEADLINE ->
          false;
    };
  }
}
