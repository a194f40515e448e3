package dev.berth.controlplane.session;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.common.IdSource;
import dev.berth.controlplane.event.EventService;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.seed.SeedSetService;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What users do to sessions. It records wishes and never acts on them; reconcilers do. Public
 * methods join the caller's transaction and lock the session's row, which comes before any other
 * lock.
 */
@Singleton
public final class SessionService {
  /**
   * Hinted at when a session is to become another one; what follows from that has its own hints.
   */
  public static final String WISHES = "wishes";

  private final Transactions transactions;
  private final SessionRepository sessions;
  private final SessionUseRepository uses;
  private final SeedSetService seeds;
  private final EventService events;
  private final IdSource ids;
  private final Notifications notifications;
  private final Clock clock;

  SessionService(
      Transactions transactions,
      SessionRepository sessions,
      SessionUseRepository uses,
      SeedSetService seeds,
      EventService events,
      IdSource ids,
      Notifications notifications,
      Clock clock) {
    this.transactions = transactions;
    this.sessions = sessions;
    this.uses = uses;
    this.seeds = seeds;
    this.events = events;
    this.ids = ids;
    this.notifications = notifications;
    this.clock = clock;
  }

  /**
   * Makes a session, or answers the one that has the name where {@code useExisting}; that one is
   * woken too where the request asks for an active one.
   */
  SessionView create(NewSession request, boolean useExisting) {
    return transactions.call(() -> {
      String name = request.name();
      Optional<Session> taken =
          name == null ? Optional.empty() : sessions.findByName(request.projectId(), name);
      if (taken.isEmpty()) {
        return view(create(request));
      }
      if (!useExisting) {
        throw SessionErrors.nameTaken(String.valueOf(name), taken.get().id());
      }
      Session found = taken.get();
      if (request.active()) {
        found =
            wish(
                lock(request.projectId(), found.id()),
                request.createdBy(),
                DesiredState.ACTIVE,
                false,
                false);
      }
      return view(found);
    });
  }

  /** Makes a session in the caller's transaction. ALREADY_EXISTS where the name is taken. */
  public Session create(NewSession request) {
    SessionId id = new SessionId(ids.next());
    SnapshotId from = request.origin();
    SessionRepository.Origin origin = from == null ? null : origin(request.projectId(), from);
    if (!sessions.insert(id, request, origin, clock.instant())) {
      String name = String.valueOf(request.name());
      throw SessionErrors.nameTaken(
          name, sessions.findByName(request.projectId(), name).map(Session::id).orElse(id));
    }
    seeds.hold(id, request.spec().manifest().seedSets());
    Session made = sessions.find(id).orElseThrow();
    events.record(
        SessionEvents.fact(
            made,
            request.createdBy(),
            "session.created",
            "Created",
            from == null ? Map.of() : Map.of("from_snapshot_id", from.toString())));
    changed(id);
    return made;
  }

  private SessionRepository.Origin origin(ProjectId project, SnapshotId snapshot) {
    return sessions
        .origin(project, snapshot)
        .orElseThrow(() -> CommonErrors.notFound("snapshot", snapshot));
  }

  /** How the session runs that the snapshot belongs to; NOT_FOUND where there is none such. */
  SessionSpec specOf(ProjectId project, SnapshotId snapshot) {
    return transactions.call(() -> find(project, origin(project, snapshot).session()).spec());
  }

  public SessionView get(ProjectId project, SessionId id) {
    return sessions.view(project, id).orElseThrow(() -> SessionErrors.notFound(id));
  }

  /** The newest wish that was brought about; NOT_FOUND where the project has none such. */
  long observedGeneration(ProjectId project, SessionId id) {
    return sessions.observedGeneration(project, id).orElseThrow(() -> SessionErrors.notFound(id));
  }

  /** The session, or NOT_FOUND where the project has none such. */
  public Session find(ProjectId project, SessionId id) {
    return sessions.find(project, id).orElseThrow(() -> SessionErrors.notFound(id));
  }

  List<SessionView> list(SessionFilter filter, @Nullable SessionId before, int limit) {
    return sessions.list(filter, before, limit);
  }

  SessionView update(
      ProjectId project,
      SessionId id,
      Actor actor,
      @Nullable Long version,
      UnaryOperator<SessionChange> change) {
    return transactions.call(() -> {
      Session old = lock(project, id);
      requireVersion(old, version);
      requireNotDeleted(old);
      SessionChange changed = change.apply(new SessionChange(old.name(), old.labels(), old.spec()));
      requireNameFree(old, changed.name());
      sessions.update(old, changed, clock.instant());
      seeds.hold(id, changed.spec().manifest().seedSets());
      events.record(SessionEvents.fact(old, actor, "session.updated", "Updated", Map.of()));
      changed(id);
      return view(find(project, id));
    });
  }

  SessionView activate(ProjectId project, SessionId id, Actor actor) {
    return transactions.call(() -> {
      Session session = lock(project, id);
      requireNotDeleted(session);
      return view(use(session, actor));
    });
  }

  SessionView stop(
      ProjectId project, SessionId id, Actor actor, boolean removeCopy, boolean force) {
    return transactions.call(() -> {
      Session session = lock(project, id);
      requireNotDeleted(session);
      if (session.wish().desired() != DesiredState.STOPPED && uses.hasOpenRuns(id)) {
        throw SessionErrors.state(session, "a run is queued or under way");
      }
      return view(wish(session, actor, DesiredState.STOPPED, removeCopy, force));
    });
  }

  SessionView delete(
      ProjectId project, SessionId id, Actor actor, @Nullable Long version, boolean force) {
    return transactions.call(() -> {
      Session session = lock(project, id);
      if (session.status().state() == SessionState.DELETED) {
        return view(session);
      }
      requireVersion(session, version);
      if (!force && sessions.hasUnsavedWork(id)) {
        throw SessionErrors.unsavedWork(session);
      }
      return view(wish(session, actor, DesiredState.DELETED, false, force));
    });
  }

  /**
   * Counts a use of the session that cannot be had without a worker, and wishes it active.
   * SESSION_STATE where it is deleted, or stopped and does not resume by itself; NOT_FOUND where
   * the project has none such.
   */
  public Session wake(ProjectId project, SessionId id, Actor actor) {
    Session session = lock(project, id);
    requireNotDeleted(session);
    if (session.asleep()) {
      throw SessionErrors.asleep(session);
    }
    return use(session, actor);
  }

  /**
   * Locks the sessions, each of which is to have runs, in the order of their ids. NOT_FOUND where
   * the project has none such; SESSION_STATE where one is deleted.
   */
  public Map<SessionId, Session> lockForRuns(ProjectId project, Set<SessionId> ids) {
    Map<SessionId, Session> locked =
        sessions.lock(project, ids).stream()
            .collect(Collectors.toMap(Session::id, Function.identity()));
    for (SessionId id : ids) {
      Session session = locked.get(id);
      if (session == null) {
        throw SessionErrors.notFound(id);
      }
      requireNotDeleted(session);
    }
    return locked;
  }

  /**
   * Counts a use of the sessions, and wishes those {@code awake} active that resume by themselves;
   * the others wait until somebody activates them.
   */
  public void useForRuns(Collection<Session> locked, Set<SessionId> awake, Actor actor) {
    sessions.touch(locked.stream().map(Session::id).toList(), clock.instant());
    locked.stream()
        .filter(session -> awake.contains(session.id()) && !session.asleep())
        .filter(session -> !session.isWished(DesiredState.ACTIVE, false, false))
        .forEach(session -> wish(session, actor, DesiredState.ACTIVE, false, false));
  }

  /** Counts a use of the session: the idle rule's time begins anew. */
  public void markActivity(SessionId id) {
    sessions.touch(id, clock.instant());
  }

  /** A throw-away session's run has ended: it is saved, then deleted. */
  public void deleteThrowaway(SessionId id) {
    Session session = sessions.lock(id).orElseThrow(() -> SessionErrors.notFound(id));
    if (session.throwaway() && !session.deleted()) {
      wish(session, Actor.system("throwaway"), DesiredState.DELETED, false, false);
    }
  }

  /** Locks the session's row; NOT_FOUND where the project has none such. */
  public Session lock(ProjectId project, SessionId id) {
    return sessions
        .lock(id)
        .filter(session -> session.projectId().equals(project))
        .orElseThrow(() -> SessionErrors.notFound(id));
  }

  /** Counts a use of the session, which this transaction has locked, and wishes it active. */
  private Session use(Session session, Actor actor) {
    if (session.isWished(DesiredState.ACTIVE, false, false)) {
      return sessions.touch(session.id(), clock.instant());
    }
    return wish(session, actor, DesiredState.ACTIVE, false, false);
  }

  /**
   * @param session locked by this transaction
   */
  private Session wish(
      Session session, Actor actor, DesiredState desired, boolean removeCopy, boolean force) {
    SessionId id = session.id();
    Session.Wish old = session.wish();
    boolean forced = force || (old.force() && old.desired() == desired);
    if (session.isWished(desired, removeCopy, force)) {
      return session;
    }
    Session wished = sessions.wish(id, desired, removeCopy, forced, clock.instant());
    if (old.desired() != desired || force) {
      events.record(SessionEvents.wished(session, actor, desired, removeCopy, force));
    }
    changed(id);
    return wished;
  }

  private void requireNameFree(Session old, @Nullable String name) {
    if (name == null || name.equals(old.name())) {
      return;
    }
    sessions
        .findByName(old.projectId(), name)
        .ifPresent(other -> {
          throw SessionErrors.nameTaken(name, other.id());
        });
  }

  static void requireVersion(Session session, @Nullable Long version) {
    if (version != null && version != session.version()) {
      throw SessionErrors.etagStale(session);
    }
  }

  static void requireNotDeleted(Session session) {
    if (session.deleted()) {
      throw SessionErrors.state(session, "it is deleted");
    }
  }

  private SessionView view(Session session) {
    return get(session.projectId(), session.id());
  }

  private void changed(SessionId id) {
    notifications.publish("session:" + id);
    notifications.publish(WISHES);
  }
}
