package dev.berth.controlplane.artifact;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.session.SessionRemains;
import jakarta.inject.Singleton;

/**
 * Artifacts of a session that is removed for good: the collector takes them, and the tombstone
 * waits.
 */
@Singleton
final class ArtifactRemains implements SessionRemains {
  private final ArtifactService artifacts;

  ArtifactRemains(ArtifactService artifacts) {
    this.artifacts = artifacts;
  }

  @Override
  public Layer layer() {
    return Layer.USE;
  }

  @Override
  public Progress remove(SessionId session) {
    return artifacts.forget(session) ? Progress.WAITING : Progress.NOTHING_LEFT;
  }
}
