package dev.berth.controlplane.session;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.event.EventService;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.errors.CommonErrors;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes an earlier snapshot a session's head. The gate stands before it: the session is saved and
 * stopped first, by the ordinary way, so that what the head moves away from is a snapshot. Its next
 * worker finds a disk with another base and restores it.
 */
@Singleton
class SessionRollBack {
  private final Transactions transactions;
  private final SessionService sessions;
  private final SessionRepository repository;
  private final SessionUseRepository uses;
  private final SessionWaits waits;
  private final EventService events;
  private final Clock clock;

  SessionRollBack(
      Transactions transactions,
      SessionService sessions,
      SessionRepository repository,
      SessionUseRepository uses,
      SessionWaits waits,
      EventService events,
      Clock clock) {
    this.transactions = transactions;
    this.sessions = sessions;
    this.repository = repository;
    this.uses = uses;
    this.waits = waits;
    this.events = events;
    this.clock = clock;
  }

  /** Which snapshot of which session, and who wants it. */
  record Request(
      ProjectId project,
      SessionId session,
      SnapshotId snapshot,
      @Nullable Long version,
      Actor actor) {}

  /**
   * Checks the request, and has the session stopped, for as long as that may take.
   *
   * @return whether it is to be active again afterwards
   */
  boolean stop(Request request, Duration time) {
    Session session =
        transactions.call(() -> {
          Session found = check(request);
          SessionService.requireVersion(found, request.version());
          return found;
        });
    boolean active = session.wish().desired() == DesiredState.ACTIVE;
    if (active && !(isHead(request, session) && !repository.isBound(session.id()))) {
      SessionView stopping =
          sessions.stop(request.project(), request.session(), request.actor(), false, false);
      session = stopping.session();
    }
    if (session.status().observedGeneration() < session.wish().generation()) {
      SessionView stopped =
          waits.await(request.project(), session.id(), session.wish().generation(), time);
      assert stopped.session().id().equals(request.session());
    }
    return active;
  }

  /** Moves the head of the stopped session, in one transaction with the caller's. */
  SessionView move(Request request, boolean activate) {
    return transactions.call(() -> {
      Session session = check(request);
      if (isHead(request, session)) {
        requireNothingUnsaved(session);
      } else {
        requireStopped(session);
        repository.moveHead(session.id(), request.snapshot(), clock.instant());
        events.record(
            SessionEvents.fact(
                session,
                request.actor(),
                "session.rolled_back",
                "Its head is an earlier snapshot",
                Map.of(
                    "from", Objects.toString(session.headSnapshotId(), ""),
                    "to", request.snapshot().toString())));
      }
      return activate
          ? sessions.activate(request.project(), session.id(), request.actor())
          : sessions.get(request.project(), session.id());
    });
  }

  private Session check(Request request) {
    Session session = sessions.lock(request.project(), request.session());
    SessionService.requireNotDeleted(session);
    requireOwn(session, request.snapshot());
    if (uses.hasOpenRuns(session.id())) {
      throw SessionErrors.state(session, "a run is queued or under way");
    }
    return session;
  }

  private static boolean isHead(Request request, Session session) {
    return request.snapshot().equals(session.headSnapshotId());
  }

  private void requireOwn(Session session, SnapshotId snapshot) {
    SessionId owner =
        repository
            .origin(session.projectId(), snapshot)
            .map(SessionRepository.Origin::session)
            .orElseThrow(() -> CommonErrors.notFound("snapshot", snapshot));
    boolean origin = session.lineage().originId().equals(snapshot.toString());
    if (!owner.equals(session.id()) && !origin) {
      throw CommonErrors.notFound("snapshot", snapshot);
    }
  }

  private void requireStopped(Session session) {
    if (session.status().state() != SessionState.STOPPED
        || session.wish().desired() != DesiredState.STOPPED) {
      throw SessionErrors.notStopped(session);
    }
    requireNothingUnsaved(session);
  }

  /** What an active session writes from now on comes after the roll back. */
  private void requireNothingUnsaved(Session session) {
    if (session.status().state() == SessionState.STOPPED && repository.isBound(session.id())) {
      throw SessionErrors.unsavedWork(session);
    }
  }
}
