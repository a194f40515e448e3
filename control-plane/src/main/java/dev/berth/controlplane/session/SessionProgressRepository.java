package dev.berth.controlplane.session;

import static dev.berth.sql.db.Tables.SESSION;
import static dev.berth.sql.db.Tables.WORKER;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Sessions as the reconcilers see and move them. */
@Singleton
final class SessionProgressRepository {
  private final DSLContext sql;

  SessionProgressRepository(DSLContext sql) {
    this.sql = sql;
  }

  List<SessionId> unsettled(@Nullable SessionId after, Instant now, int limit) {
    Condition where =
        SESSION
            .OBSERVED_GENERATION
            .lt(SESSION.GENERATION)
            .or(SESSION.STATE.in("ACTIVATING", "STOPPING", "DELETING"));
    if (after != null) {
      where = where.and(SESSION.ID.gt(after));
    }
    return sql.select(SESSION.ID)
        .from(SESSION)
        .where(where)
        .andNot(beingMade())
        .andNot(waitsForPlace())
        .and(
            SESSION
                .NEXT_ACTIVATION_TIME
                .isNull()
                .or(SESSION.NEXT_ACTIVATION_TIME.le(now))
                .or(SESSION.DESIRED.ne("ACTIVE")))
        .orderBy(SESSION.ID)
        .limit(limit)
        .fetch(SESSION.ID);
  }

  private static Condition waitsForPlace() {
    return SESSION
        .STATE
        .eq("ACTIVATING")
        .and(SESSION.DESIRED.eq("ACTIVE"))
        .and(SESSION.STATE_REASON.in("NO_EXECUTOR", "NO_CAPACITY"));
  }

  /**
   * The session's worker is under way, and what its executor says of it is the next step: a hundred
   * of these do not keep others waiting.
   */
  private static Condition beingMade() {
    return SESSION
        .STATE
        .eq("ACTIVATING")
        .and(SESSION.DESIRED.eq("ACTIVE"))
        .and(
            DSL.exists(
                DSL.selectOne()
                    .from(WORKER)
                    .where(WORKER.SESSION_ID.eq(SESSION.ID))
                    .and(WORKER.STATE.in("CREATING", "PREPARING"))
                    .and(WORKER.DESIRED.eq("READY"))));
  }

  void lockAll(Collection<SessionId> ids) {
    sql.select(SESSION.ID)
        .from(SESSION)
        .where(SESSION.ID.in(ids))
        .orderBy(SESSION.ID)
        .forUpdate()
        .fetch();
  }

  Optional<Session> tryLock(SessionId id) {
    return sql.selectFrom(SESSION)
        .where(SESSION.ID.eq(id))
        .forUpdate()
        .skipLocked()
        .fetchOptional(SessionRepository::read);
  }

  /** Answers the session as it is then; so do the others. */
  Session state(SessionId id, SessionState state, String reason, String message, Instant now) {
    return sql.update(SESSION)
        .set(SESSION.STATE, state.name())
        .set(SESSION.STATE_TIME, now)
        .set(SESSION.STATE_REASON, reason)
        .set(SESSION.STATE_MESSAGE, message)
        .set(SESSION.UPDATE_TIME, now)
        .where(SESSION.ID.eq(id))
        .returning()
        .fetchSingle(SessionRepository::read);
  }

  Session explain(SessionId id, String reason, String message) {
    return sql.update(SESSION)
        .set(SESSION.STATE_REASON, reason)
        .set(SESSION.STATE_MESSAGE, message)
        .where(SESSION.ID.eq(id))
        .returning()
        .fetchSingle(SessionRepository::read);
  }

  Session observe(SessionId id, long generation) {
    return sql.update(SESSION)
        .set(SESSION.OBSERVED_GENERATION, generation)
        .where(SESSION.ID.eq(id))
        .returning()
        .fetchSingle(SessionRepository::read);
  }

  long nextGeneration(SessionId id) {
    return sql.update(SESSION)
        .set(SESSION.WORKER_GENERATION, SESSION.WORKER_GENERATION.plus(1))
        .where(SESSION.ID.eq(id))
        .returning(SESSION.WORKER_GENERATION)
        .fetchSingle(SESSION.WORKER_GENERATION);
  }

  void activationFailed(SessionId id, String reason, String message, Instant next) {
    sql.update(SESSION)
        .set(SESSION.ACTIVATION_FAILURES, SESSION.ACTIVATION_FAILURES.plus(1))
        .set(SESSION.NEXT_ACTIVATION_TIME, next)
        .set(SESSION.STATE_REASON, reason)
        .set(SESSION.STATE_MESSAGE, message)
        .where(SESSION.ID.eq(id))
        .execute();
  }

  /** One that is ACTIVE already keeps what is said of that. */
  Session activated(Session session, Instant now) {
    boolean already = session.status().state() == SessionState.ACTIVE;
    return sql.update(SESSION)
        .set(SESSION.STATE, SessionState.ACTIVE.name())
        .set(SESSION.STATE_TIME, already ? SESSION.STATE_TIME : DSL.val(now))
        .set(SESSION.STATE_REASON, already ? SESSION.STATE_REASON : DSL.val(""))
        .set(SESSION.STATE_MESSAGE, already ? SESSION.STATE_MESSAGE : DSL.val(""))
        .set(SESSION.UPDATE_TIME, already ? SESSION.UPDATE_TIME : DSL.val(now))
        .set(SESSION.OBSERVED_GENERATION, session.wish().generation())
        .set(SESSION.ACTIVATION_FAILURES, 0)
        .setNull(SESSION.NEXT_ACTIVATION_TIME)
        .where(SESSION.ID.eq(session.id()))
        .returning()
        .fetchSingle(SessionRepository::read);
  }

  List<Session> idle(Instant now, int limit) {
    return unused(
        SESSION.LAST_ACTIVITY_TIME.lt(
            DSL.field("{0} - {1}", Instant.class, DSL.val(now), SESSION.IDLE_TIMEOUT)),
        limit);
  }

  List<Session> unused(ProjectId project, Instant since, int limit) {
    return unused(SESSION.PROJECT_ID.eq(project).and(SESSION.LAST_ACTIVITY_TIME.le(since)), limit);
  }

  private List<Session> unused(Condition which, int limit) {
    return sql.selectFrom(SESSION)
        .where(SESSION.STATE.eq("ACTIVE").and(SESSION.DESIRED.eq("ACTIVE")))
        .and(DSL.condition("{0} > interval '0'", SESSION.IDLE_TIMEOUT))
        .and(which)
        .andNot(SessionUseRepository.busy(SESSION.ID))
        .andNot(SessionUseRepository.awaited(SESSION.ID))
        .orderBy(SESSION.LAST_ACTIVITY_TIME)
        .limit(limit)
        .fetch(SessionRepository::read);
  }

  List<Session> waitingFor(String reason, int limit) {
    return sql.selectFrom(SESSION)
        .where(SESSION.STATE.eq("ACTIVATING").and(SESSION.DESIRED.eq("ACTIVE")))
        .and(SESSION.STATE_REASON.eq(reason))
        .orderBy(SESSION.STATE_TIME, SESSION.ID)
        .limit(limit)
        .fetch(SessionRepository::read);
  }

  boolean stopIdle(Session seen, Instant now) {
    return sql.update(SESSION)
            .set(SESSION.DESIRED, DesiredState.STOPPED.name())
            .set(SESSION.DESIRED_REMOVE_COPY, false)
            .set(SESSION.DESIRED_FORCE, false)
            .set(SESSION.GENERATION, SESSION.GENERATION.plus(1))
            .set(SESSION.VERSION, SESSION.VERSION.plus(1))
            .set(SESSION.UPDATE_TIME, now)
            .where(SESSION.ID.eq(seen.id()))
            .and(SESSION.ACTIVITY_VERSION.eq(seen.activity().version()))
            .and(SESSION.GENERATION.eq(seen.wish().generation()))
            .execute()
        == 1;
  }
}
