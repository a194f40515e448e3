package dev.berth.executor.process;

/** Why an attempt ended, as far as the executor can know; the names are those of the API. */
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
  JOURNAL_DAMAGED,
  INTERRUPTED,
  MODEL_KEY_REFUSED,
  MODEL_RATE_LIMITED,
  MODEL_ERROR,
  MODEL_UNREACHABLE,
  TURN_LIMIT,
  REFUSED,
  PROVIDER_FAILED
}
