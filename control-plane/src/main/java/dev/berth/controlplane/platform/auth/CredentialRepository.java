package dev.berth.controlplane.platform.auth;

import static dev.berth.sql.db.Tables.API_KEY;
import static dev.berth.sql.db.Tables.ENROLMENT_TOKEN;
import static dev.berth.sql.db.Tables.EXECUTOR;
import static dev.berth.sql.db.Tables.INSTALLATION;

import dev.berth.common.Id.KeyId;
import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.platform.db.DatabaseClock;
import jakarta.inject.Singleton;
import java.util.HexFormat;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;

/** Credentials as the database knows them, by their hash. */
@Singleton
final class CredentialRepository {

  /** A principal, and whether its time is over. */
  record Known(Principal principal, boolean expired) {}

  private final DSLContext sql;

  CredentialRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** The key of that hash, unless it was revoked. */
  Optional<Known> key(byte[] hash) {
    Field<Boolean> expired =
        DSL.field(API_KEY.EXPIRE_TIME.isNotNull().and(API_KEY.EXPIRE_TIME.le(DatabaseClock.NOW)));
    return sql.select(API_KEY.ID, API_KEY.PROJECT_ID, API_KEY.ROLE, expired)
        .from(API_KEY)
        .where(API_KEY.KEY_HASH.eq(hash), API_KEY.REVOKE_TIME.isNull())
        .fetchOptional(r ->
            new Known(
                new Principal(
                    Principal.Kind.KEY,
                    r.value1().toString(),
                    r.value2(),
                    Role.valueOf(r.value3())),
                r.value4()));
  }

  /** The executor of that credential, unless it was deleted. */
  Optional<Known> executor(byte[] hash) {
    return sql.select(EXECUTOR.ID, EXECUTOR.PROJECT_ID)
        .from(EXECUTOR)
        .where(EXECUTOR.CREDENTIAL_HASH.eq(hash), EXECUTOR.STATE.ne("DELETED"))
        .fetchOptional(r ->
            new Known(
                new Principal(
                    Principal.Kind.EXECUTOR, r.value1().toString(), r.value2(), Role.EXECUTOR),
                false));
  }

  Optional<Known> enrolmentToken(byte[] hash) {
    Field<Boolean> expired = DSL.field(ENROLMENT_TOKEN.EXPIRE_TIME.le(DatabaseClock.NOW));
    return sql.select(ENROLMENT_TOKEN.PROJECT_ID, expired)
        .from(ENROLMENT_TOKEN)
        .where(ENROLMENT_TOKEN.TOKEN_HASH.eq(hash))
        .fetchOptional(r ->
            new Known(
                new Principal(
                    Principal.Kind.ENROLMENT,
                    HexFormat.of().formatHex(hash),
                    r.value1(),
                    Role.ENROLMENT),
                r.value2()));
  }

  /** The secret that replicas of this installation show one another. */
  Optional<String> replicaSecret() {
    return sql.select(INSTALLATION.REPLICA_SECRET)
        .from(INSTALLATION)
        .fetchOptional(INSTALLATION.REPLICA_SECRET);
  }

  boolean hasKey(ProjectId project) {
    return sql.fetchExists(API_KEY, API_KEY.PROJECT_ID.eq(project), API_KEY.REVOKE_TIME.isNull());
  }

  void insertKey(KeyId id, ProjectId project, String name, Role role, byte[] hash) {
    int rows =
        sql.insertInto(API_KEY)
            .set(API_KEY.ID, id)
            .set(API_KEY.PROJECT_ID, project)
            .set(API_KEY.NAME, name)
            .set(API_KEY.ROLE, role.name())
            .set(API_KEY.KEY_HASH, hash)
            .onConflict(API_KEY.KEY_HASH)
            .doNothing()
            .execute();
    assert rows <= 1;
  }
}
