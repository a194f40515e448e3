package dev.berth.controlplane.worker;

import dev.berth.common.Id.ExecutorId;
import dev.berth.controlplane.executor.ExecutorService;
import dev.berth.controlplane.session.Session;
import jakarta.inject.Singleton;
import java.util.List;

/**
 * Removes copies with the stopped workers that lie on them: first the workers, then the copy. The
 * gate stands here: a copy that may hold what no snapshot has stays, unless a user forced it.
 * Methods join a transaction that holds the session's lock.
 */
@Singleton
final class CopyRetirement {
  private final WorkerRepository workers;
  private final CopyRepository copies;
  private final Transitions transitions;
  private final ExecutorService executors;

  CopyRetirement(
      WorkerRepository workers,
      CopyRepository copies,
      Transitions transitions,
      ExecutorService executors) {
    this.workers = workers;
    this.copies = copies;
    this.transitions = transitions;
    this.executors = executors;
  }

  /**
   * Goes on with the removal of all copies of a session that has no live worker.
   *
   * @return whether none is left that could be removed now: those of executors that are not
   *     connected are ordered and do not count
   */
  boolean retireAll(Session session, boolean force) {
    boolean done = true;
    for (Copy copy : copies.ofSession(session.id())) {
      if (copy.state() != CopyState.REMOVED && copy.state() != CopyState.MISSING) {
        retire(session, copy, force);
        done &= !keeps(copy, force) && !executors.isConnected(copy.executorId());
      }
    }
    return done;
  }

  /** Goes on with the removal of one copy, unless the gate keeps it. */
  void retire(Session session, Copy copy, boolean force) {
    if (keeps(copy, force)) {
      return;
    }
    List<Worker> there =
        workers.ofSession(session.id()).stream()
            .filter(worker -> worker.executorId().equals(copy.executorId()))
            .toList();
    for (Worker worker : there) {
      if (worker.state() == WorkerState.LOST || worker.state() == WorkerState.SALVAGING) {
        transitions.become(session, worker, WorkerState.REMOVED, "", "Its copy is removed");
      } else {
        transitions.wish(worker, WorkerWish.REMOVED, true);
      }
    }
    if (executors.isDeleted(copy.executorId())) {
      transitions.copyBecame(
          session, copy, CopyState.MISSING, "copy.missing", "Its executor was deleted");
      return;
    }
    boolean workersGone =
        workers.ofSession(session.id()).stream()
            .noneMatch(worker -> worker.executorId().equals(copy.executorId()));
    if (workersGone && copy.state() != CopyState.REMOVING) {
      copies.salvage(copy, false);
      transitions.remove(session, copy, force && copy.dirty() ? "Forced by a user" : "Saved");
    }
  }

  private static boolean keeps(Copy copy, boolean force) {
    return copy.state() != CopyState.REMOVING && !force && (copy.dirty() || copy.salvage());
  }

  /** A new worker takes over the container of earlier ones of the session on that executor. */
  void supersede(Session session, List<Worker> earlier, ExecutorId executor) {
    for (Worker worker : earlier) {
      if (worker.executorId().equals(executor)) {
        transitions.become(
            session, worker, WorkerState.REMOVED, "SUPERSEDED", "A newer worker takes its place");
      }
    }
  }
}
