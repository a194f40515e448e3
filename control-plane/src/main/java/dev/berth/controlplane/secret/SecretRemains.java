package dev.berth.controlplane.secret;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.session.SessionRemains;
import jakarta.inject.Singleton;

/** Secrets of a session that is removed for good. */
@Singleton
final class SecretRemains implements SessionRemains {
  private final SecretRepository secrets;

  SecretRemains(SecretRepository secrets) {
    this.secrets = secrets;
  }

  @Override
  public Layer layer() {
    return Layer.USE;
  }

  @Override
  public Progress remove(SessionId session) {
    secrets.deleteAll(session);
    return Progress.NOTHING_LEFT;
  }
}
