package dev.berth.controlplane.run;

/**
 * What became of a batch: how far the attempt is committed, the run's newest event, and whether the
 * attempt is settled.
 */
record BatchResult(Status status, Position acked, long lastSeq, boolean settled) {

  enum Status {
    OK,
    STALE,
    GAP
  }
}
