package dev.berth.controlplane.artifact;

import dev.berth.common.Id.ArtifactId;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.errors.ErrorReason;

/** How calls about artifacts are refused. */
final class ArtifactErrors {
  private ArtifactErrors() {}

  static BerthException notFound(ArtifactId id) {
    return CommonErrors.notFound("artifact", id);
  }

  static BerthException limit(String what) {
    return BerthException.of(
        ErrorReason.ARTIFACT_LIMIT,
        what
            + "; artifacts have at most 1 GiB, those of one attempt are at most 100 with 4 GiB together");
  }

  static BerthException changed(String path) {
    return BerthException.of(
            ErrorReason.ARTIFACT_CHANGED,
            path + " was written while it was read; nothing is kept of it")
        .with("path", path);
  }

  static BerthException notStored(ArtifactId id) {
    return BerthException.of(
            ErrorReason.ARTIFACT_NOT_STORED,
            "artifact " + id + " is not in the store as it was announced")
        .with("id", id);
  }

  static BerthException offsetOutOfRange(long offset, long size) {
    return BerthException.of(
            ErrorReason.OFFSET_OUT_OF_RANGE,
            "offset %d is behind the end of the artifact".formatted(offset))
        .with("size", size);
  }

  /** What is stored is not what was kept. */
  static BerthException corrupt(Artifact artifact, String what) {
    return BerthException.of(
            ErrorReason.OBJECT_CORRUPT,
            "The stored object of artifact %s %s.".formatted(artifact.id(), what))
        .with("artifact_id", artifact.id());
  }
}
