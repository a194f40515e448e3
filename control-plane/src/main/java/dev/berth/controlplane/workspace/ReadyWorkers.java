package dev.berth.controlplane.workspace;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.session.DesiredState;
import dev.berth.controlplane.session.Session;
import dev.berth.controlplane.session.SessionService;
import dev.berth.controlplane.session.SessionState;
import io.grpc.Context;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Wakes sessions and waits for what follows from it: hints wake the wait, the rows decide. */
@Singleton
class ReadyWorkers {

  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Transactions transactions;
  private final SessionService sessions;
  private final WorkspaceRepository workspaces;
  private final Notifications notifications;
  private final WorkspaceConfig config;

  ReadyWorkers(
      Transactions transactions,
      SessionService sessions,
      WorkspaceRepository workspaces,
      Notifications notifications,
      WorkspaceConfig config) {
    this.transactions = transactions;
    this.sessions = sessions;
    this.workspaces = workspaces;
    this.notifications = notifications;
    this.config = config;
  }

  /**
   * Wishes the session active, counts the use, and waits for its worker.
   *
   * @throws dev.berth.controlplane.platform.errors.BerthException NOT_FOUND; SESSION_STATE where it
   *     is deleted, or was stopped while this waited; ACTIVATION_FAILED or OBJECT_CORRUPT where it
   *     was given up; SESSION_NOT_READY once the time is up
   */
  ReadyWorker await(Caller caller, SessionId id) throws InterruptedException {
    ProjectId project = caller.projectId();
    transactions.run(() -> sessions.wake(project, id, caller.actor()));
    return until(
            id,
            config.activationWait(),
            () -> {
              Optional<ReadyWorker> ready = workspaces.ready(id);
              if (ready.isEmpty()) {
                requireWaking(sessions.find(project, id));
              }
              return ready;
            })
        .orElseThrow(() -> WorkspaceErrors.notReady(sessions.find(project, id)));
  }

  private static void requireWaking(Session session) {
    if (session.deleted()) {
      throw WorkspaceErrors.state(session, "it is deleted");
    }
    if (session.wish().desired() == DesiredState.ACTIVE) {
      return;
    }
    if (session.status().state() == SessionState.STOPPED && !session.status().reason().isEmpty()) {
      throw WorkspaceErrors.activationFailed(session);
    }
    throw WorkspaceErrors.state(session, "it was stopped meanwhile");
  }

  /**
   * Asks again with each hint at the session, and each second; empty once the time is up.
   *
   * @throws CancellationException the client went away
   */
  <T> Optional<T> until(SessionId session, Duration time, Supplier<Optional<T>> question)
      throws InterruptedException {
    var hints = new Semaphore(0);
    Context call = Context.current();
    Context.CancellationListener left = context -> hints.release();
    long end = System.nanoTime() + time.toNanos();
    try (var hinted = notifications.subscribe("session:" + session, hints::release)) {
      call.addListener(left, Runnable::run);
      while (true) {
        Optional<T> answer = question.get();
        long remaining = end - System.nanoTime();
        if (answer.isPresent() || remaining <= 0) {
          return answer;
        }
        if (call.isCancelled()) {
          throw new CancellationException("the client went away");
        }
        if (hints.tryAcquire(Math.min(remaining, LOOK.toNanos()), TimeUnit.NANOSECONDS)) {
          hints.drainPermits();
        }
      }
    } finally {
      call.removeListener(left);
    }
  }
}
