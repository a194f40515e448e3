package dev.berth.controlplane.exec;

import dev.berth.common.Id.ExecId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.controlplane.event.EventService;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.session.SessionService;
import jakarta.inject.Singleton;
import java.util.Set;

/**
 * What becomes of execs, by their executors' word or because their worker is gone. A report of
 * another executor, or of an exec that has ended, changes nothing.
 */
@Singleton
final class ExecReports {

  private static final int MANY = 10_000;

  private final Transactions transactions;
  private final ExecRepository execs;
  private final SessionService sessions;
  private final EventService events;
  private final Notifications notifications;

  ExecReports(
      Transactions transactions,
      ExecRepository execs,
      SessionService sessions,
      EventService events,
      Notifications notifications) {
    this.transactions = transactions;
    this.execs = execs;
    this.sessions = sessions;
    this.events = events;
    this.notifications = notifications;
  }

  void apply(ExecutorId executor, ExecId id, Exec.Status status) {
    execs
        .find(id)
        .filter(exec -> exec.place().executor().equals(executor))
        .filter(exec -> exec.status().state().next().contains(status.state()))
        .ifPresent(exec -> become(exec, status));
  }

  /** Those that ran by the rows, and that their executor does not know any more, are lost. */
  void greeted(ExecutorId executor, Set<ExecId> known) {
    for (Exec exec : execs.ofExecutor(executor, ExecState.RUNNING, MANY)) {
      if (!known.contains(exec.id())) {
        become(exec, Exec.Status.lost("WORKER_LOST", "Its executor does not know it any more"));
      }
    }
  }

  /** The session's lock comes before the exec's row. */
  void become(Exec exec, Exec.Status status) {
    transactions.run(() -> {
      var session = sessions.lock(exec.projectId(), exec.place().session());
      if (execs.become(exec.id(), status)) {
        sessions.markActivity(session.id());
        if (status.state().ended()) {
          events.record(ExecEvents.ended(exec, status));
        }
        notifications.publish("session:" + session.id());
      }
    });
  }
}
