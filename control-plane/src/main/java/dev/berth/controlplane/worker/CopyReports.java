package dev.berth.controlplane.worker;

import dev.berth.common.RetryPolicy;
import dev.berth.controlplane.event.EventService;
import dev.berth.controlplane.session.Session;
import dev.berth.controlplane.session.SessionProgress;
import dev.berth.controlplane.session.SessionState;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Writes down what executors say of copies: orders done, orders failed, copies gone. Joins the
 * caller's transaction and takes the session's lock first.
 */
@Singleton
final class CopyReports {
  private static final RetryPolicy BACKOFF =
      new RetryPolicy(Duration.ofSeconds(1), Duration.ofMinutes(1));

  private final WorkerRepository workers;
  private final CopyRepository copies;
  private final SessionProgress sessions;
  private final WorkerReports workerReports;
  private final Transitions transitions;
  private final EventService events;
  private final Clock clock;

  CopyReports(
      WorkerRepository workers,
      CopyRepository copies,
      SessionProgress sessions,
      WorkerReports workerReports,
      Transitions transitions,
      EventService events,
      Clock clock) {
    this.workers = workers;
    this.copies = copies;
    this.sessions = sessions;
    this.workerReports = workerReports;
    this.transitions = transitions;
    this.events = events;
    this.clock = clock;
  }

  void apply(CopyStatus status) {
    sessions
        .lock(status.session())
        .ifPresent(session ->
            copies
                .find(status.session(), status.executor())
                .ifPresent(copy -> apply(session, copy, status)));
  }

  private void apply(Session session, Copy known, CopyStatus status) {
    Copy copy = known;
    if (!status.present()) {
      gone(session, copy);
      return;
    }
    if (copy.replacedBy(status.instance())) {
      missing(session, copy);
      copies.state(copy, CopyState.PRESENT, clock.instant());
      copy = copies.find(status.session(), status.executor()).orElseThrow();
    }
    copies.seen(copy, status, clock.instant());
    if (status.order() != 0) {
      workers.saved(session.id());
    }
    if (status.order() == 0) {
      present(session, copy, status);
    } else if (status.failure() == null) {
      done(session, copy, status);
    } else if (status.order() == copy.orders().given() && copy.orders().outstanding()) {
      failed(session, copy, status, status.failure());
    }
  }

  /** The executor does not have it (any more). */
  void gone(Session session, Copy copy) {
    switch (copy.state()) {
      case REMOVING ->
          transitions.copyBecame(
              session, copy, CopyState.REMOVED, "copy.removed", "Its disk is removed");
      case PRESENT, ABANDONED -> {
        boolean beingMade =
            workers
                .live(session.id())
                .filter(worker -> worker.executorId().equals(copy.executorId()))
                .filter(worker ->
                    worker.state() == WorkerState.CREATING
                        || worker.state() == WorkerState.PREPARING)
                .isPresent();
        if (!beingMade) {
          missing(session, copy);
        }
      }
      case REMOVED, MISSING -> {}
    }
  }

  private void missing(Session session, Copy copy) {
    boolean worker = copy.salvage();
    transitions.copyLost(
        session,
        copy,
        CopyState.MISSING,
        "copy.missing",
        copy.dirty()
            ? "Its disk is gone, and with it what was written since " + lastSaved(session)
            : "Its disk is gone; all it held is saved");
    if (worker) {
      removeGivenUp(session, copy, "There is nothing left to save");
    }
  }

  private static String lastSaved(Session session) {
    return session.headSnapshotId() == null
        ? "it was made"
        : "snapshot " + session.headSnapshotId();
  }

  /** Told unasked, as after a start of the agent. */
  private void present(Session session, Copy copy, CopyStatus status) {
    switch (copy.state()) {
      case ABANDONED -> {
        copies.state(copy, CopyState.PRESENT, clock.instant());
        events.record(
            WorkerEvents.copy(
                session, copy, "copy.returned", "The executor is back with it", Map.of()));
        if (copy.salvage()) {
          copies.order(copy, "SALVAGE", null);
          workers
              .find(copy.sessionId(), copy.generation())
              .ifPresent(worker ->
                  transitions.become(
                      session, worker, WorkerState.SALVAGING, "", "What it held is being saved"));
          transitions.tell(copy);
        }
      }
      case REMOVED, MISSING -> {
        boolean stale = status.generation() < session.activation().workerGeneration();
        if (copy.state() == CopyState.REMOVED || session.deleted() || stale) {
          transitions.remove(session, copy, "It turned up again and is not needed");
        } else {
          copies.state(copy, CopyState.PRESENT, clock.instant());
        }
      }
      case PRESENT, REMOVING -> {}
    }
  }

  private void done(Session session, Copy copy, CopyStatus status) {
    copies.answered(copy, Math.min(status.order(), copy.orders().given()), clock.instant());
    if (copy.salvage() && status.order() == copy.orders().given()) {
      copies.salvaged(copy);
      removeGivenUp(session, copy, "What it held is saved");
      transitions.remove(session, copy, "What it held is saved as a rescued snapshot");
      return;
    }
    if (session.status().reason().equals("SYNC_FAILED")) {
      sessions.explain(session, "", "");
    }
    transitions.tell(copy);
  }

  private void removeGivenUp(Session session, Copy copy, String message) {
    workers
        .find(copy.sessionId(), copy.generation())
        .ifPresent(worker ->
            transitions.become(session, worker, WorkerState.REMOVED, "SALVAGED", message));
  }

  private void failed(Session session, Copy copy, CopyStatus status, Failure failure) {
    if (failure.kind() == Failure.Kind.STALE && copy.state() == CopyState.REMOVING) {
      copies.answered(copy, status.order(), clock.instant());
      copies.state(copy, CopyState.PRESENT, clock.instant());
      return;
    }
    String error = failure.reason() + ": " + failure.message();
    int failures = copy.orders().failures() + 1;
    Duration pause = BACKOFF.delay(failures, ThreadLocalRandom.current());
    copies.failed(copy, error, clock.instant().plus(pause));
    events.record(
        WorkerEvents.copy(
            session,
            copy,
            "copy.sync_failed",
            error,
            Map.of(
                "reason", failure.reason(),
                "failures", failures,
                "order", copy.orders().given(),
                "retry_after", pause.toString())));
    workers
        .live(session.id())
        .filter(worker -> worker.executorId().equals(copy.executorId()))
        .filter(worker -> worker.state() == WorkerState.STOPPING)
        .ifPresent(worker -> stillReady(session, worker));
    transitions.tell(copy);
  }

  /** The gate: a worker whose files could not be saved is not stopped. */
  private void stillReady(Session session, Worker worker) {
    transitions.become(session, worker, WorkerState.READY, "SYNC_FAILED", "Not stopped");
    if (session.status().state() == SessionState.STOPPING) {
      workerReports.notStopped(session, worker);
    }
  }
}
