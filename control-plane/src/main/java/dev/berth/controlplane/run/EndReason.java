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
  JOURNAL_DAMAGED;

  /**
   * Whether the end says nothing about the command itself, so that another attempt may do better.
   */
  public boolean retryable() {
    return this == START_UNKNOWN || this == WORKER_LOST || this == EXECUTOR_LOST;
  }
}
