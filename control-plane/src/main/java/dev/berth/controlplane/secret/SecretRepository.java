package dev.berth.controlplane.secret;

import static dev.berth.sql.db.Tables.RUN_SECRET;
import static dev.berth.sql.db.Tables.SECRET;
import static dev.berth.sql.db.Tables.SECRET_VALUE;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.DatabaseClock;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Rows of {@code secret}, {@code secret_value} and {@code run_secret}. */
@Singleton
class SecretRepository {
  private final DSLContext sql;

  SecretRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** Those who set one of that name take turns, until the transaction ends. */
  void lockName(Secret.Name name) {
    sql.select(
            DSL.field(
                "pg_advisory_xact_lock(hashtext('secret'), hashtext({0}))",
                DSL.val(name.project() + " " + name.session() + " " + name.text())))
        .fetch();
  }

  /** The row of that name, locked. */
  Optional<UUID> lock(Secret.Name name) {
    return sql.select(SECRET.ID)
        .from(SECRET)
        .where(called(name))
        .forUpdate()
        .fetchOptional(SECRET.ID);
  }

  void insert(UUID id, Secret.Name name, Actor actor) {
    sql.insertInto(SECRET)
        .set(SECRET.ID, id)
        .set(SECRET.PROJECT_ID, name.project())
        .set(SECRET.SESSION_ID, name.session())
        .set(SECRET.NAME, name.text())
        .set(SECRET.UPDATED_BY_KIND, actor.kind().name())
        .set(SECRET.UPDATED_BY_ID, actor.id())
        .set(SECRET.UPDATED_BY_ON_BEHALF_OF, actor.onBehalfOf())
        .execute();
  }

  /** Answers its next version. */
  long nextVersion(UUID id, Actor actor) {
    return sql.update(SECRET)
        .set(SECRET.VERSION, SECRET.VERSION.plus(1))
        .set(SECRET.UPDATE_TIME, DatabaseClock.NOW)
        .set(SECRET.UPDATED_BY_KIND, actor.kind().name())
        .set(SECRET.UPDATED_BY_ID, actor.id())
        .set(SECRET.UPDATED_BY_ON_BEHALF_OF, actor.onBehalfOf())
        .where(SECRET.ID.eq(id))
        .returning(SECRET.VERSION)
        .fetchSingle(SECRET.VERSION);
  }

  /** The newest value; those before it are superseded. */
  void insertValue(SealedValue value) {
    supersede(value.secret());
    sql.insertInto(SECRET_VALUE)
        .set(SECRET_VALUE.SECRET_ID, value.secret())
        .set(SECRET_VALUE.VERSION, value.version())
        .set(SECRET_VALUE.KEY_ID, value.keyId())
        .set(SECRET_VALUE.NONCE, value.nonce())
        .set(SECRET_VALUE.CIPHERTEXT, value.ciphertext())
        .execute();
  }

  private void supersede(UUID secret) {
    sql.update(SECRET_VALUE)
        .set(SECRET_VALUE.SUPERSEDED, true)
        .where(SECRET_VALUE.SECRET_ID.eq(secret))
        .execute();
  }

  void delete(UUID id) {
    supersede(id);
    sql.update(SECRET).set(SECRET.DELETED, true).where(SECRET.ID.eq(id)).execute();
  }

  Secret get(UUID id) {
    return sql.select()
        .from(SECRET)
        .join(SECRET_VALUE)
        .on(SECRET_VALUE.SECRET_ID.eq(SECRET.ID).and(SECRET_VALUE.VERSION.eq(SECRET.VERSION)))
        .where(SECRET.ID.eq(id))
        .fetchSingle(SecretRepository::secret);
  }

  /** Ascending by name, behind {@code after}. */
  List<Secret> list(ProjectId project, @Nullable SessionId session, String after, int limit) {
    return sql.select()
        .from(SECRET)
        .join(SECRET_VALUE)
        .on(SECRET_VALUE.SECRET_ID.eq(SECRET.ID).and(SECRET_VALUE.VERSION.eq(SECRET.VERSION)))
        .where(of(project, session), SECRET.NAME.gt(after))
        .orderBy(SECRET.NAME)
        .limit(limit)
        .fetch(SecretRepository::secret);
  }

  /** What there is under these names, of the project and of these sessions. */
  List<Secret.Name> names(
      ProjectId project, Collection<SessionId> sessions, Collection<String> names) {
    return sql.select(SECRET.SESSION_ID, SECRET.NAME)
        .from(SECRET)
        .where(
            SECRET.PROJECT_ID.eq(project),
            SECRET.DELETED.isFalse(),
            SECRET.NAME.in(names),
            SECRET.SESSION_ID.isNull().or(SECRET.SESSION_ID.in(sessions)))
        .fetch(row -> new Secret.Name(project, row.value1(), row.value2()));
  }

  /**
   * The newest value of the secret of that name: of the session, or else of the project. Until the
   * transaction ends it stays the newest.
   */
  Optional<SealedValue> newest(ProjectId project, SessionId session, String name) {
    return sql.select()
        .from(SECRET)
        .join(SECRET_VALUE)
        .on(SECRET_VALUE.SECRET_ID.eq(SECRET.ID).and(SECRET_VALUE.VERSION.eq(SECRET.VERSION)))
        .where(
            SECRET.PROJECT_ID.eq(project),
            SECRET.DELETED.isFalse(),
            SECRET.NAME.eq(name),
            SECRET.SESSION_ID.isNull().or(SECRET.SESSION_ID.eq(session)))
        .orderBy(SECRET.SESSION_ID.asc().nullsLast())
        .limit(1)
        .forShare()
        .fetchOptional(SecretRepository::value);
  }

  void insertGiven(AttemptId attempt, int position, RunId run, SealedValue value) {
    sql.insertInto(RUN_SECRET)
        .set(RUN_SECRET.ATTEMPT_ID, attempt)
        .set(RUN_SECRET.POSITION, position)
        .set(RUN_SECRET.RUN_ID, run)
        .set(RUN_SECRET.SECRET_ID, value.secret())
        .set(RUN_SECRET.VERSION, value.version())
        .execute();
  }

  /** What attempts were given, each attempt's in order. */
  List<Given> given(Collection<AttemptId> attempts) {
    return sql.select()
        .from(RUN_SECRET)
        .join(SECRET)
        .on(SECRET.ID.eq(RUN_SECRET.SECRET_ID))
        .join(SECRET_VALUE)
        .on(
            SECRET_VALUE.SECRET_ID.eq(RUN_SECRET.SECRET_ID),
            SECRET_VALUE.VERSION.eq(RUN_SECRET.VERSION))
        .where(RUN_SECRET.ATTEMPT_ID.in(attempts))
        .orderBy(RUN_SECRET.ATTEMPT_ID, RUN_SECRET.POSITION)
        .fetch(row -> new Given(row.get(RUN_SECRET.ATTEMPT_ID), value(row)));
  }

  record Given(AttemptId attempt, SealedValue value) {}

  /** Deletes secrets of sessions that are deleted. */
  int deleteOfDeletedSessions() {
    return sql.execute(
        """
        with gone as (
          update secret s set deleted = true from session x
          where x.id = s.session_id and x.state = 'DELETED' and not s.deleted
          returning s.id)
        update secret_value v set superseded = true from gone where v.secret_id = gone.id
        """);
  }

  /** Removes values that no attempt under way was given, and secrets of which none is left. */
  int wipe() {
    int wiped =
        sql.execute(
            """
            delete from secret_value v
            where superseded and not exists (
              select from run_secret g join run r on r.id = g.run_id
              where g.secret_id = v.secret_id and g.version = v.version
                and r.attempt_id = g.attempt_id and r.state in ('STARTING', 'RUNNING', 'WAITING'))
            """);
    return wiped
        + sql.execute(
            """
            delete from secret s
            where deleted and not exists (select from secret_value v where v.secret_id = s.id)
            """);
  }

  /** Some that are encrypted by one of these keys, locked. */
  List<SealedValue> encryptedBy(Set<String> keys, int limit) {
    return sql.select()
        .from(SECRET_VALUE)
        .join(SECRET)
        .on(SECRET.ID.eq(SECRET_VALUE.SECRET_ID))
        .where(SECRET_VALUE.KEY_ID.in(keys))
        .orderBy(SECRET_VALUE.KEY_ID, SECRET_VALUE.SECRET_ID, SECRET_VALUE.VERSION)
        .limit(limit)
        .forUpdate()
        .of(SECRET_VALUE)
        .skipLocked()
        .fetch(SecretRepository::value);
  }

  void replace(SealedValue value) {
    sql.update(SECRET_VALUE)
        .set(SECRET_VALUE.KEY_ID, value.keyId())
        .set(SECRET_VALUE.NONCE, value.nonce())
        .set(SECRET_VALUE.CIPHERTEXT, value.ciphertext())
        .where(SECRET_VALUE.SECRET_ID.eq(value.secret()), SECRET_VALUE.VERSION.eq(value.version()))
        .execute();
  }

  void deleteAll(SessionId session) {
    sql.deleteFrom(SECRET).where(SECRET.SESSION_ID.eq(session)).execute();
  }

  private static Condition called(Secret.Name name) {
    return of(name.project(), name.session()).and(SECRET.NAME.eq(name.text()));
  }

  private static Condition of(ProjectId project, @Nullable SessionId session) {
    return SECRET
        .PROJECT_ID
        .eq(project)
        .and(session == null ? SECRET.SESSION_ID.isNull() : SECRET.SESSION_ID.eq(session))
        .and(SECRET.DELETED.isFalse());
  }

  private static Secret.Name name(Record row) {
    return new Secret.Name(
        row.get(SECRET.PROJECT_ID), row.get(SECRET.SESSION_ID), row.get(SECRET.NAME));
  }

  private static Secret secret(Record row) {
    return new Secret(
        row.get(SECRET.ID),
        name(row),
        row.get(SECRET.VERSION),
        new Secret.Times(row.get(SECRET.CREATE_TIME), row.get(SECRET.UPDATE_TIME)),
        Actor.of(
            row.get(SECRET.UPDATED_BY_KIND),
            row.get(SECRET.UPDATED_BY_ID),
            row.get(SECRET.UPDATED_BY_ON_BEHALF_OF)),
        row.get(SECRET_VALUE.KEY_ID));
  }

  private static SealedValue value(Record row) {
    return new SealedValue(
        row.get(SECRET.ID),
        name(row),
        row.get(SECRET_VALUE.VERSION),
        row.get(SECRET_VALUE.KEY_ID),
        row.get(SECRET_VALUE.NONCE),
        row.get(SECRET_VALUE.CIPHERTEXT));
  }
}
