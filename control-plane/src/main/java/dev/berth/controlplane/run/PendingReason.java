package dev.berth.controlplane.run;

/** Why a queued run does not start yet; meanings stand in {@code berth.v1.PendingReason}. */
public enum PendingReason {
  NO_EXECUTOR,
  NO_CAPACITY,
  QUEUE_LIMIT,
  KEY_LIMIT,
  SESSION_BUSY,
  NOT_BEFORE,
  PAUSED,
  QUOTA
}
