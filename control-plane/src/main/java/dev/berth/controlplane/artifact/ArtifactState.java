package dev.berth.controlplane.artifact;

/** Where an artifact's object stands. */
enum ArtifactState {
  /** Announced; the object may be in the store or not. */
  UPLOADING,
  /** The object is in the store. */
  READY,
  /** Its object, then its row, are being deleted. */
  DOOMED
}
