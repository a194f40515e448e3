package dev.berth.controlplane.worker;

import dev.berth.common.RetryPolicy;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.session.DesiredState;
import dev.berth.controlplane.session.Session;
import dev.berth.controlplane.session.SessionProgress;
import dev.berth.controlplane.session.SessionState;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Writes down what executors say of workers. A report names worker and generation; one of another
 * executor, of another generation, or of a worker that was given up changes nothing. Joins the
 * caller's transaction and takes the session's lock first.
 */
@Singleton
final class WorkerReports {
  private static final RetryPolicy BACKOFF =
      new RetryPolicy(Duration.ofSeconds(1), Duration.ofMinutes(1));

  private final WorkerRepository workers;
  private final CopyRepository copies;
  private final SessionProgress sessions;
  private final SessionSteps steps;
  private final SessionRuns runs;
  private final Transitions transitions;
  private final Notifications notifications;
  private final Clock clock;

  WorkerReports(
      WorkerRepository workers,
      CopyRepository copies,
      SessionProgress sessions,
      SessionSteps steps,
      SessionRuns runs,
      Transitions transitions,
      Notifications notifications,
      Clock clock) {
    this.workers = workers;
    this.copies = copies;
    this.sessions = sessions;
    this.steps = steps;
    this.runs = runs;
    this.transitions = transitions;
    this.notifications = notifications;
    this.clock = clock;
  }

  /** Does nothing where the report is not of a worker we know. */
  void apply(WorkerStatus status) {
    sessions
        .lock(status.session())
        .ifPresent(session ->
            workers
                .find(status.worker())
                .filter(worker -> fits(worker, status) && !givenUp(worker))
                .ifPresent(worker -> apply(session, worker, status)));
  }

  private static boolean givenUp(Worker worker) {
    return worker.state() == WorkerState.LOST || worker.state() == WorkerState.SALVAGING;
  }

  private void apply(Session session, Worker worker, WorkerStatus status) {
    if (status.progress().phase().equals(Worker.Progress.SYNC)) {
      // says how far a save is, and nothing of the state, which may have been ordered anew
      // meanwhile
      workers.saving(worker.id(), status.progress());
      notifications.publish("session:" + session.id());
      return;
    }
    boolean told = !status.containerRef().isEmpty() || !status.imageDigest().isEmpty();
    if (told && !worker.container().is(status.containerRef(), status.imageDigest())) {
      workers.container(worker.id(), status.containerRef(), status.imageDigest());
    }
    switch (status.state()) {
      case CREATING -> {}
      case PREPARING -> preparing(session, worker, status);
      case READY -> ready(session, worker, status);
      case STOPPING -> stopping(session, worker);
      case STOPPED -> stopped(session, worker);
      case REMOVED ->
          transitions.become(session, worker, WorkerState.REMOVED, "", "Its container is removed");
      case FAILED -> failed(session, worker, Objects.requireNonNull(status.failure()));
      case LOST -> lost(session, worker, status);
      case SALVAGING -> throw new IllegalArgumentException("no executor reports SALVAGING");
    }
  }

  /** Whether it is of that worker. */
  static boolean fits(Worker worker, WorkerStatus status) {
    return worker.executorId().equals(status.executor())
        && worker.sessionId().equals(status.session())
        && worker.generation() == status.generation();
  }

  private void preparing(Session session, Worker worker, WorkerStatus status) {
    if (worker.state() == WorkerState.CREATING || worker.state() == WorkerState.PREPARING) {
      transitions.prepares(session, worker, status.progress());
    }
  }

  private void ready(Session session, Worker worker, WorkerStatus status) {
    boolean first = transitions.become(session, worker, WorkerState.READY, "", "Ready");
    boolean again = worker.state() == WorkerState.STOPPING;
    if (first && (status.unsaved() || again)) {
      // where it was not stopped after all, the executor has let others write since it said so
      copies.dirty(session.id(), worker.executorId());
    }
    if (!first && worker.state() != WorkerState.READY) {
      return;
    }
    if (worker.wish() == WorkerWish.READY && session.wish().desired() == DesiredState.ACTIVE) {
      steps.active(session);
      notifications.publish(Transitions.READY);
      return;
    }
    notifications.publish("work");
    if (session.status().state() == SessionState.STOPPING) {
      notStopped(session, worker);
    }
  }

  /** The worker that was to stop is READY again: the save failed, and the session stays ACTIVE. */
  void notStopped(Session session, Worker worker) {
    Copy copy = copies.find(session.id(), worker.executorId()).orElseThrow();
    String why =
        copy.orders().error().isEmpty() ? "Its files could not be saved" : copy.orders().error();
    sessions.become(session, SessionState.ACTIVE, WorkerEvents.LIFECYCLE, "SYNC_FAILED", why);
  }

  private void stopping(Session session, Worker worker) {
    if (worker.state() == WorkerState.READY) {
      transitions.become(session, worker, WorkerState.STOPPING, "", "Stopping");
      if (session.status().state() == SessionState.ACTIVE) {
        sessions.become(session, SessionState.STOPPING, WorkerEvents.LIFECYCLE, "", "");
      }
    }
  }

  private void stopped(Session session, Worker worker) {
    if (worker.wish() == WorkerWish.READY && worker.state() != WorkerState.STOPPING) {
      transitions.lose(
          session, worker, "CONTAINER_STOPPED", "Its container stopped and nobody ordered it");
    } else {
      transitions.become(session, worker, WorkerState.STOPPED, "", "Saved and stopped");
    }
  }

  /** A worker that could not be made is a failed activation; one that was ready is lost. */
  private void failed(Session session, Worker worker, Failure failure) {
    if (worker.state() != WorkerState.CREATING && worker.state() != WorkerState.PREPARING) {
      transitions.lose(session, worker, failure.reason(), failure.message());
      return;
    }
    transitions.become(session, worker, WorkerState.FAILED, failure.reason(), failure.message());
    if (session.wish().desired() != DesiredState.ACTIVE) {
      return;
    }
    if (failure.kind() == Failure.Kind.PERMANENT) {
      runs.failQueued(session.id(), failure.reason() + ": " + failure.message());
      sessions.giveUp(session, failure.reason(), failure.message());
      return;
    }
    Duration pause =
        BACKOFF.delay(session.activation().failures() + 1, ThreadLocalRandom.current());
    sessions.activationFailed(
        session, failure.reason(), failure.message(), clock.instant().plus(pause));
  }

  private void lost(Session session, Worker worker, WorkerStatus status) {
    Failure failure = status.failure();
    transitions.lose(
        session,
        worker,
        failure == null ? "CONTAINER_GONE" : failure.reason(),
        failure == null ? "Its container vanished" : failure.message());
  }
}
