package dev.berth.controlplane.run;

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
  FINISH_DEADLINE
}
