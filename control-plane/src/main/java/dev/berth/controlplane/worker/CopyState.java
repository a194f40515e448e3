package dev.berth.controlplane.worker;

/** Whether a session's files are on an executor's disk. Names are those of the database. */
public enum CopyState {
  /** They are, or will be once the worker that was ordered has restored them. */
  PRESENT,
  /** They are to be removed. */
  REMOVING,
  /** They were removed by order. */
  REMOVED,
  /** The executor has not come back; what no snapshot holds of them may be lost. */
  ABANDONED,
  /** The executor says they are gone, and nobody ordered it; or it was deleted itself. */
  MISSING
}
