package dev.berth.controlplane.worker;

import static dev.berth.controlplane.worker.CopyState.MISSING;
import static dev.berth.controlplane.worker.CopyState.REMOVED;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.session.SessionRemains;
import jakarta.inject.Singleton;

/**
 * Workers and copies of a session that is removed. While a copy may still lie on a host, its row
 * stays, and with it the tombstone: only by the row the host is told to remove it when it comes
 * back.
 */
@Singleton
final class WorkerRemains implements SessionRemains {
  private final WorkerRepository workers;
  private final CopyRepository copies;

  WorkerRemains(WorkerRepository workers, CopyRepository copies) {
    this.workers = workers;
    this.copies = copies;
  }

  @Override
  public Layer layer() {
    return Layer.WORKERS;
  }

  @Override
  public Progress remove(SessionId session) {
    boolean somewhere =
        copies.ofSession(session).stream()
            .anyMatch(copy -> copy.state() != REMOVED && copy.state() != MISSING);
    if (somewhere) {
      return Progress.WAITING;
    }
    workers.deleteAll(session);
    copies.deleteAll(session);
    return Progress.NOTHING_LEFT;
  }
}
