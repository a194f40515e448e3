package dev.berth.controlplane.platform.grpc;

import static dev.berth.sql.db.Tables.REQUEST;

import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.platform.db.DatabaseClock;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;

/** Outcomes of mutations by request id. */
@Singleton
final class RequestRepository {

  /** Whose request id it is, of which method. */
  record Key(ProjectId project, String principal, String method, String requestId) {}

  record Outcome(byte[] bodyHash, byte[] response) {}

  private final DSLContext sql;

  RequestRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** Keeps others with the same key waiting until this transaction ends. */
  void lock(Key key) {
    sql.select(
            DSL.function(
                "pg_advisory_xact_lock",
                Object.class,
                DSL.function(
                    "hashtextextended", Long.class, DSL.val(key.toString()), DSL.inline(0L))))
        .execute();
  }

  Optional<Outcome> find(Key key, Duration age) {
    return sql.select(REQUEST.BODY_HASH, REQUEST.RESPONSE)
        .from(REQUEST)
        .where(
            REQUEST.PROJECT_ID.eq(key.project()),
            REQUEST.PRINCIPAL.eq(key.principal()),
            REQUEST.METHOD.eq(key.method()),
            REQUEST.REQUEST_ID.eq(key.requestId()),
            REQUEST.CREATE_TIME.gt(ago(age)))
        .fetchOptional(r -> new Outcome(r.value1(), r.value2()));
  }

  void put(Key key, Outcome outcome) {
    int rows =
        sql.insertInto(REQUEST)
            .set(REQUEST.PROJECT_ID, key.project())
            .set(REQUEST.PRINCIPAL, key.principal())
            .set(REQUEST.METHOD, key.method())
            .set(REQUEST.REQUEST_ID, key.requestId())
            .set(REQUEST.BODY_HASH, outcome.bodyHash())
            .set(REQUEST.RESPONSE, outcome.response())
            .set(REQUEST.CREATE_TIME, DatabaseClock.NOW)
            .onConflict(REQUEST.PROJECT_ID, REQUEST.PRINCIPAL, REQUEST.METHOD, REQUEST.REQUEST_ID)
            .doUpdate()
            .set(REQUEST.BODY_HASH, outcome.bodyHash())
            .set(REQUEST.RESPONSE, outcome.response())
            .set(REQUEST.CREATE_TIME, DatabaseClock.NOW)
            .execute();
    assert rows == 1;
  }

  int deleteOlderThan(Duration age) {
    return sql.deleteFrom(REQUEST).where(REQUEST.CREATE_TIME.le(ago(age))).execute();
  }

  private static Field<Instant> ago(Duration age) {
    return DSL.field(
        "{0} - {1} * interval '1 second'",
        Instant.class, DatabaseClock.NOW, DSL.val(age.toSeconds()));
  }
}
