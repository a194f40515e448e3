package dev.berth.controlplane.worker;

import dev.berth.controlplane.executor.Executor;
import dev.berth.controlplane.executor.ExecutorService;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.pool.PoolClaims;
import dev.berth.controlplane.session.Session;
import dev.berth.controlplane.session.SessionProgress;
import dev.berth.controlplane.session.SessionState;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One step of one session from what it is to what is wished of it. Idempotent: what is done already
 * is success. Every call joins a transaction that holds the session's lock.
 */
@Singleton
final class SessionSteps {
  private final SessionProgress sessions;
  private final WorkerRepository workers;
  private final CopyRepository copies;
  private final CopyRetirement retirement;
  private final Transitions transitions;
  private final ExecutorService executors;
  private final PlacementRepository placements;
  private final SessionRuns runs;
  private final PoolClaims pools;
  private final Clock clock;

  SessionSteps(
      SessionProgress sessions,
      WorkerRepository workers,
      CopyRepository copies,
      CopyRetirement retirement,
      Transitions transitions,
      ExecutorService executors,
      PlacementRepository placements,
      SessionRuns runs,
      PoolClaims pools,
      Clock clock) {
    this.sessions = sessions;
    this.workers = workers;
    this.copies = copies;
    this.retirement = retirement;
    this.transitions = transitions;
    this.executors = executors;
    this.placements = placements;
    this.runs = runs;
    this.pools = pools;
    this.clock = clock;
  }

  void step(Session session) {
    switch (session.wish().desired()) {
      case ACTIVE -> activate(session);
      case STOPPED -> stop(session);
      case DELETED -> delete(session);
    }
  }

  private void activate(Session session) {
    List<Worker> all = workers.ofSession(session.id());
    Optional<Worker> live = all.stream().filter(w -> w.state().live()).findFirst();
    if (live.isEmpty()) {
      place(session, all);
      return;
    }
    Worker worker = live.get();
    if (movesAway(session, worker)) {
      save(session, worker, "EXECUTOR_DRAINING", "Its executor is being emptied");
      return;
    }
    transitions.wish(worker, WorkerWish.READY, false);
    if (worker.state() == WorkerState.READY) {
      active(session);
    } else if (session.status().state() == SessionState.STOPPED) {
      become(session, SessionState.ACTIVATING, "", "");
    }
  }

  /**
   * Whether the worker is to be saved and stopped so that the next is made on another executor: its
   * own is being emptied, and nothing uses it. Where saving fails, a run that waits comes first.
   */
  private boolean movesAway(Session session, Worker worker) {
    boolean up = worker.state() == WorkerState.READY || worker.state() == WorkerState.STOPPING;
    if (!up || !executors.isLeaving(worker.executorId()) || sessions.isBusy(session)) {
      return false;
    }
    boolean failing =
        copies
            .find(session.id(), worker.executorId())
            .filter(copy -> copy.orders().failures() > 0)
            .isPresent();
    return !failing || !sessions.isAwaited(session);
  }

  /** The session has a worker that is ready: so it is ACTIVE. */
  void active(Session session) {
    Session now = session;
    if (now.status().state() == SessionState.STOPPED) {
      now = become(now, SessionState.ACTIVATING, "", "");
    }
    sessions.activated(now, Actor.system("lifecycle"));
  }

  private void place(Session session, List<Worker> before) {
    Session now = session;
    if (now.status().state() == SessionState.STOPPING) {
      now = become(now, SessionState.STOPPED, "", "");
    }
    if (now.status().state() == SessionState.STOPPED) {
      now = become(now, SessionState.ACTIVATING, "", "");
    } else if (now.status().state() == SessionState.ACTIVE) {
      now = become(now, SessionState.ACTIVATING, "WORKER_LOST", "Its worker is gone");
    }
    Instant next = now.activation().nextTime();
    if (next != null && next.isAfter(clock.instant())) {
      return;
    }
    placements.lock(now.projectId());
    List<Executor> connected = executors.connected(now.projectId());
    List<Copy> there = copies.ofSession(now.id());
    PoolClaims.Offer offer = pools.offer(now.projectId(), now.spec());
    var choice =
        new Placement(
                now,
                connected,
                executors.used(connected.stream().map(Executor::id).toList()),
                there,
                offer.warm())
            .choose();
    switch (choice) {
      case Placement.Choice.Place place -> {
        retirement.supersede(now, before, place.executor().id());
        Worker worker = transitions.create(now, place.executor());
        if (there.stream().noneMatch(copy -> lies(copy, worker))) {
          pools.claim(worker.id(), worker.executorId(), offer);
        }
        sessions.explain(now, "", "");
      }
      case Placement.Choice.Wait wait -> sessions.explain(now, wait.reason(), wait.message());
    }
  }

  /** The worker finds the session's files there, and needs no other disk. */
  private static boolean lies(Copy copy, Worker worker) {
    return copy.executorId().equals(worker.executorId())
        && copy.state() != CopyState.REMOVED
        && copy.state() != CopyState.MISSING;
  }

  private void stop(Session session) {
    Optional<Worker> live = workers.live(session.id());
    if (live.isPresent()) {
      save(session, live.get(), "", "");
      return;
    }
    Session now = session;
    if (now.status().state() != SessionState.STOPPED) {
      now = become(now, SessionState.STOPPED, "", "");
    }
    if (!now.wish().removeCopy() || retirement.retireAll(now, now.wish().force())) {
      sessions.observe(now);
    }
  }

  /**
   * Orders the worker to save and stop, or orders it again once a failed try may be repeated; to
   * stop without saving where that is forced.
   */
  private void save(Session session, Worker worker, String reason, String message) {
    Copy copy = copies.find(session.id(), worker.executorId()).orElseThrow();
    boolean force = session.wish().force();
    if (worker.wish() == WorkerWish.READY || force != worker.skipSync()) {
      copies.order(copy, "STOP", null);
    } else if (worker.state() != WorkerState.READY || !copy.orders().due(clock.instant())) {
      return;
    }
    transitions.wish(worker, WorkerWish.STOPPED, force);
    if (worker.state() == WorkerState.READY) {
      transitions.become(session, worker, WorkerState.STOPPING, reason, "Ordered to save and stop");
    }
    if (session.status().state() == SessionState.ACTIVE) {
      become(session, SessionState.STOPPING, reason, message);
    }
    transitions.tell(worker);
  }

  private void delete(Session session) {
    Session now = session;
    if (now.status().state() != SessionState.DELETING) {
      now = become(now, SessionState.DELETING, "", "");
    }
    if (runs.cancelAll(now.id())) {
      return;
    }
    Optional<Worker> live = workers.live(now.id());
    if (live.isPresent()) {
      Worker worker = live.get();
      boolean clean = copies.find(now.id(), worker.executorId()).map(c -> !c.dirty()).orElse(true);
      if (clean || now.wish().force()) {
        transitions.wish(worker, WorkerWish.REMOVED, true);
      } else {
        save(now, worker, "", "");
      }
      return;
    }
    if (retirement.retireAll(now, now.wish().force())) {
      now = become(now, SessionState.DELETED, "", "");
      sessions.observe(now);
    }
  }

  private Session become(Session session, SessionState state, String reason, String message) {
    return sessions.become(session, state, Actor.system("lifecycle"), reason, message);
  }
}
