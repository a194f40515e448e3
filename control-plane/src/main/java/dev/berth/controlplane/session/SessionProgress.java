package dev.berth.controlplane.session;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.event.EventService;
import dev.berth.controlplane.event.NewEvent;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Notifications;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the reconcilers read of sessions and write to them: states, never wishes but the two that
 * are rules (idle, given up). Every method joins the caller's transaction; those that take a {@link
 * Session} want it locked by that transaction.
 */
@Singleton
public final class SessionProgress {
  private final SessionProgressRepository sessions;
  private final WaitingSessionRepository waiting;
  private final SessionRepository rows;
  private final SessionUseRepository uses;
  private final EventService events;
  private final Notifications notifications;
  private final Clock clock;

  SessionProgress(
      SessionProgressRepository sessions,
      WaitingSessionRepository waiting,
      SessionRepository rows,
      SessionUseRepository uses,
      EventService events,
      Notifications notifications,
      Clock clock) {
    this.sessions = sessions;
    this.waiting = waiting;
    this.rows = rows;
    this.uses = uses;
    this.events = events;
    this.notifications = notifications;
    this.clock = clock;
  }

  /**
   * Sessions whose wish and state differ and that may be worked on now, in the order of ids; not
   * those that found no place the last time.
   */
  public List<SessionId> unsettled(@Nullable SessionId after, int limit) {
    return sessions.unsettled(after, clock.instant(), limit);
  }

  /** Of those that found no place one of each kind, but for those kinds: who goes first. */
  public List<WaitingSession> firstWaiting(Collection<String> but) {
    return waiting.first(but);
  }

  /**
   * Whether it still found no place. Then neither do those that are alike, and the same is said of
   * them.
   */
  public boolean stillWaits(WaitingSession first) {
    boolean waits = waiting.waits(first.id());
    if (waits) {
      waiting.explain(first);
    }
    return waits;
  }

  /** Locks the session; empty where there is none. */
  public Optional<Session> lock(SessionId id) {
    return rows.lock(id);
  }

  /** Locks the sessions, in the order of their ids. */
  public void lockAll(Collection<SessionId> ids) {
    sessions.lockAll(ids);
  }

  /** Locks the session; empty where there is none or somebody else works on it. */
  public Optional<Session> tryLock(SessionId id) {
    return sessions.tryLock(id);
  }

  /**
   * Moves the session to {@code state}, with a fact in its history.
   *
   * @param reason a code, or empty where the state needs none
   * @throws IllegalStateException the state machine has no such step
   */
  public Session become(
      Session session, SessionState state, Actor actor, String reason, String message) {
    requireStep(session, state);
    Session now = sessions.state(session.id(), state, reason, message, clock.instant());
    events.record(SessionEvents.became(session, actor, state, reason, message));
    return told(now);
  }

  /** Says why the session is in its state; no fact, since a wait may be explained each second. */
  public Session explain(Session session, String reason, String message) {
    if (session.status().reason().equals(reason) && session.status().message().equals(message)) {
      return session;
    }
    return told(sessions.explain(session.id(), reason, message));
  }

  /** The wish was brought about. */
  public Session observe(Session session) {
    if (session.status().observedGeneration() == session.wish().generation()) {
      return session;
    }
    return settled(sessions.observe(session.id(), session.wish().generation()));
  }

  /** Whether something uses its worker now: a run, or a relay for files. */
  public boolean isBusy(Session session) {
    return uses.isBusy(session.id());
  }

  /** Whether a run waits for it. */
  public boolean isAwaited(Session session) {
    return uses.isAwaited(session.id());
  }

  /** The generation of the session's next worker. */
  public long nextGeneration(Session session) {
    return sessions.nextGeneration(session.id());
  }

  /** An activation failed and is tried again at {@code next}. */
  public Session activationFailed(Session session, String reason, String message, Instant next) {
    sessions.activationFailed(session.id(), reason, message, next);
    events.record(
        SessionEvents.fact(
            session,
            Actor.system("activation"),
            "session.activation_failed",
            message,
            Map.of("reason", reason, "failures", session.activation().failures() + 1)));
    return changed(session);
  }

  /**
   * An activation succeeded: the session is ACTIVE, with a fact in its history where it was not,
   * its wish is brought about, and failures are counted from zero again.
   */
  public Session activated(Session session, Actor actor) {
    boolean already = session.status().state() == SessionState.ACTIVE;
    if (!already) {
      requireStep(session, SessionState.ACTIVE);
      events.record(SessionEvents.became(session, actor, SessionState.ACTIVE, "", ""));
    }
    return settled(sessions.activated(session, clock.instant()));
  }

  /** No activation is tried any more until somebody wishes one. The session ends STOPPED. */
  public Session giveUp(Session session, String reason, String message) {
    Session wished = rows.wish(session.id(), DesiredState.STOPPED, false, false, clock.instant());
    if (wished.status().state() == SessionState.STOPPED) {
      return observe(explain(wished, reason, message));
    }
    return observe(
        become(wished, SessionState.STOPPED, Actor.system("activation"), reason, message));
  }

  /**
   * Active sessions without use for their idle time, nothing queued, running or relayed in them.
   */
  public List<Session> idle(int limit) {
    return sessions.idle(clock.instant(), limit);
  }

  /** Wishes the session stopped, unless it was used since {@code seen} was read. */
  public boolean stopIdle(Session seen) {
    return stop(
        seen,
        SessionEvents.fact(
            seen,
            Actor.system("idle"),
            "session.idle",
            "Idle for " + seen.spec().rules().idleTimeout(),
            Map.of("idle_timeout", seen.spec().rules().idleTimeout().toString())));
  }

  /**
   * Sessions that have waited for a worker for that reason, the longest first.
   *
   * @param reason a code that {@link #explain} gave
   */
  public List<Session> waitingFor(String reason, int limit) {
    return sessions.waitingFor(reason, limit);
  }

  /**
   * Active sessions of the project that nobody used for that time, the longest first; nothing is
   * queued, running or relayed in them, and their idle rule is not switched off.
   */
  public List<Session> unused(ProjectId project, Duration time, int limit) {
    return sessions.unused(project, clock.instant().minus(time), limit);
  }

  /** As {@link #stopIdle}, for another session that waits for its place. */
  public boolean evict(Session seen, SessionId waiting) {
    return stop(
        seen,
        SessionEvents.fact(
            seen,
            Actor.system("demand"),
            "session.evicted",
            "Its place is needed; nobody used it since " + seen.activity().lastTime(),
            Map.of("for_session_id", waiting.toString())));
  }

  private boolean stop(Session seen, NewEvent why) {
    boolean stopped = sessions.stopIdle(seen, clock.instant());
    if (stopped) {
      events.record(why);
      changed(seen);
    }
    return stopped;
  }

  private Session changed(Session session) {
    return told(rows.find(session.id()).orElseThrow());
  }

  private static void requireStep(Session session, SessionState state) {
    SessionState old = session.status().state();
    if (!old.canBecome(state)) {
      throw new IllegalStateException(session.id() + " cannot become " + state + " from " + old);
    }
  }

  /** Its wish is brought about. */
  private Session settled(Session now) {
    notifications.publish(SessionWaits.topic(now.id()));
    return told(now);
  }

  private Session told(Session now) {
    notifications.publish("session:" + now.id());
    return now;
  }
}
