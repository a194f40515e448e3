package dev.berth.controlplane.artifact;

/** What an artifact holds. */
enum ArtifactKind {
  FILE,
  /** The serialised payload message of a run's event. */
  EVENT_PAYLOAD
}
