package dev.berth.controlplane.seed;

/** Where a set's object stands. */
enum SeedSetState {
  /** Announced; the object may be in the store or not. */
  UPLOADING,
  /** The object is in the store. */
  READY,
  /** Its object, then its row, are being deleted. */
  DOOMED
}
