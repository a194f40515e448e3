package dev.berth.controlplane.worker;

import dev.berth.common.Id.WorkerId;
import dev.berth.common.IdSource;
import dev.berth.controlplane.event.EventService;
import dev.berth.controlplane.executor.Executor;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.session.Session;
import dev.berth.controlplane.session.SessionProgress;
import dev.berth.controlplane.session.SessionState;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Map;
import java.util.Objects;

/**
 * The steps of workers and copies, each with its fact in the session's history and the hint to
 * whoever waits for it. Every method joins the caller's transaction, which holds the session's
 * lock.
 */
@Singleton
final class Transitions {
  /** Hinted at when runs of a session can start. */
  static final String READY = "ready";

  private final WorkerRepository workers;
  private final CopyRepository copies;
  private final SessionProgress sessions;
  private final EventService events;
  private final Notifications notifications;
  private final IdSource ids;
  private final Clock clock;

  Transitions(
      WorkerRepository workers,
      CopyRepository copies,
      SessionProgress sessions,
      EventService events,
      Notifications notifications,
      IdSource ids,
      Clock clock) {
    this.workers = workers;
    this.copies = copies;
    this.sessions = sessions;
    this.events = events;
    this.notifications = notifications;
    this.ids = ids;
    this.clock = clock;
  }

  /** Makes the session's next worker on the executor, and the copy it will use. */
  Worker create(Session session, Executor executor) {
    WorkerId id = new WorkerId(ids.next());
    long generation = sessions.nextGeneration(session);
    Worker worker = workers.insert(id, session, executor.id(), generation);
    copies.use(session.id(), executor.id(), generation, session.headSnapshotId(), clock.instant());
    events.record(
        WorkerEvents.became(
            session, worker, WorkerState.CREATING, "", "Placed on executor " + executor.name()));
    tell(worker);
    return worker;
  }

  /**
   * Does nothing where the worker is in that state already or cannot get there from where it is.
   */
  boolean become(Session session, Worker worker, WorkerState state, String reason, String message) {
    if (!worker.state().canBecome(state)) {
      return false;
    }
    workers.state(worker.id(), state, reason, message);
    events.record(WorkerEvents.became(session, worker, state, reason, message));
    // one that became ready is waited for by runs alone
    notifications.publish(state == WorkerState.READY ? READY : "work");
    return true;
  }

  /** How far a worker is that is PREPARING, or becomes so with this; nobody's next step begins. */
  void prepares(Session session, Worker worker, Worker.Progress progress) {
    String message = "Its files are restored";
    workers.prepares(worker.id(), progress, message);
    if (worker.state() != WorkerState.PREPARING) {
      events.record(WorkerEvents.became(session, worker, WorkerState.PREPARING, "", message));
    }
    notifications.publish("session:" + session.id());
  }

  void wish(Worker worker, WorkerWish wish, boolean skipSync) {
    if (worker.wish() != wish || worker.skipSync() != skipSync) {
      workers.wish(worker.id(), wish, skipSync);
      tell(worker);
    }
  }

  /** Orders the copy's removal. The caller has made sure that the gate is open. */
  void remove(Session session, Copy copy, String why) {
    copies.state(copy, CopyState.REMOVING, clock.instant());
    long order = copies.order(copy, "REMOVE", null);
    events.record(WorkerEvents.copy(session, copy, "copy.removing", why, Map.of("order", order)));
    tell(copy);
  }

  void copyBecame(Session session, Copy copy, CopyState state, String type, String message) {
    copies.state(copy, state, clock.instant());
    events.record(WorkerEvents.copy(session, copy, type, message, Map.of()));
    notifications.publish("work");
  }

  /** As {@link #copyBecame}; the fact names the snapshot that what is lost was written after. */
  void copyLost(Session session, Copy copy, CopyState state, String type, String message) {
    copies.state(copy, state, clock.instant());
    events.record(
        WorkerEvents.copy(
            session,
            copy,
            type,
            message,
            Map.of("last_snapshot_id", Objects.toString(session.headSnapshotId(), ""))));
    notifications.publish("work");
  }

  /**
   * A worker cannot go on: it is LOST, and its session wants another where it is wished active. Its
   * attempts are settled by the rule for runs of lost workers.
   */
  void lose(Session session, Worker worker, String reason, String message) {
    if (!become(session, worker, WorkerState.LOST, reason, message)) {
      return;
    }
    SessionState state = session.status().state();
    if (state == SessionState.ACTIVE && !session.deleted()) {
      sessions.become(session, SessionState.ACTIVATING, WorkerEvents.LIFECYCLE, reason, message);
    } else {
      sessions.explain(session, reason, message);
    }
  }

  void tell(Worker worker) {
    notifications.publish("executor:" + worker.executorId());
    notifications.publish("session:" + worker.sessionId());
  }

  void tell(Copy copy) {
    notifications.publish("executor:" + copy.executorId());
    notifications.publish("session:" + copy.sessionId());
  }
}
