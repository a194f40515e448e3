package dev.berth.controlplane.snapshot;

/** Whether a snapshot became its session's head when it was made, or was saved beside it. */
public enum SnapshotKind {
  NORMAL,
  RESCUED
}
