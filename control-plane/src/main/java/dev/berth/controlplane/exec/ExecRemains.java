package dev.berth.controlplane.exec;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.session.SessionRemains;
import jakarta.inject.Singleton;

/** Execs of a session that is removed for good. */
@Singleton
final class ExecRemains implements SessionRemains {
  private final ExecRepository execs;

  ExecRemains(ExecRepository execs) {
    this.execs = execs;
  }

  @Override
  public Layer layer() {
    return Layer.USE;
  }

  @Override
  public Progress remove(SessionId session) {
    execs.deleteAll(session);
    return Progress.NOTHING_LEFT;
  }
}
