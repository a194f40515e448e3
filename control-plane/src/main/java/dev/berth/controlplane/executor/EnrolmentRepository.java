package dev.berth.controlplane.executor;

import static dev.berth.sql.db.Tables.ENROLMENT_TOKEN;
import static dev.berth.sql.db.Tables.EXECUTOR;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.DatabaseClock;
import dev.berth.controlplane.platform.db.Labels;
import dev.berth.sql.db.tables.records.ExecutorRecord;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Enrolment tokens, and the executors they make. */
@Singleton
final class EnrolmentRepository {

  /** A token by its hash; {@code executor} and {@code enrolmentId} are set once it was used. */
  record Token(
      ProjectId project,
      Map<String, String> labels,
      Actor createdBy,
      @Nullable ExecutorId executor,
      @Nullable String enrolmentId) {}

  private final DSLContext sql;

  EnrolmentRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** Inserts a token and returns when it expires. */
  Instant insertToken(
      byte[] hash, ProjectId project, Map<String, String> labels, Duration life, Actor actor) {
    return sql.insertInto(ENROLMENT_TOKEN)
        .set(ENROLMENT_TOKEN.TOKEN_HASH, hash)
        .set(ENROLMENT_TOKEN.PROJECT_ID, project)
        .set(ENROLMENT_TOKEN.LABELS, Labels.toJson(labels))
        .set(
            ENROLMENT_TOKEN.EXPIRE_TIME,
            DSL.field(
                "{0} + {1} * interval '1 millisecond'",
                Instant.class, DatabaseClock.NOW, DSL.val(life.toMillis())))
        .set(ENROLMENT_TOKEN.CREATED_BY_KIND, actor.kind().name())
        .set(ENROLMENT_TOKEN.CREATED_BY_ID, actor.id())
        .returning(ENROLMENT_TOKEN.EXPIRE_TIME)
        .fetchSingle(ENROLMENT_TOKEN.EXPIRE_TIME);
  }

  Optional<Token> lock(byte[] hash) {
    return sql.selectFrom(ENROLMENT_TOKEN)
        .where(ENROLMENT_TOKEN.TOKEN_HASH.eq(hash))
        .forUpdate()
        .fetchOptional(row ->
            new Token(
                row.getProjectId(),
                Labels.fromJson(row.getLabels()),
                Actor.of(row.getCreatedByKind(), row.getCreatedById(), null),
                row.getExecutorId(),
                row.getEnrolmentId()));
  }

  /** The project's executor names that are {@code name} or begin with it. */
  Set<String> namesLike(ProjectId project, String name) {
    return sql.select(EXECUTOR.NAME)
        .from(EXECUTOR)
        .where(EXECUTOR.PROJECT_ID.eq(project).and(EXECUTOR.NAME.startsWith(name)))
        .and(EXECUTOR.STATE.ne(ExecutorState.DELETED.name()))
        .fetchSet(EXECUTOR.NAME);
  }

  void insertExecutor(ExecutorId id, Token token, String name, byte[] credentialHash) {
    ExecutorRecord row = sql.newRecord(EXECUTOR);
    row.setId(id);
    row.setProjectId(token.project());
    row.setName(name);
    row.setLabels(Labels.toJson(token.labels()));
    row.setTokenLabels(Labels.toJson(token.labels()));
    row.setCreatedByKind(token.createdBy().kind().name());
    row.setCreatedById(token.createdBy().id());
    row.setCredentialHash(credentialHash);
    row.setNotReadyReason("It has not connected yet");
    sql.insertInto(EXECUTOR).set(row).execute();
  }

  void use(byte[] hash, ExecutorId executor, String enrolmentId) {
    sql.update(ENROLMENT_TOKEN)
        .set(ENROLMENT_TOKEN.EXECUTOR_ID, executor)
        .set(ENROLMENT_TOKEN.ENROLMENT_ID, enrolmentId)
        .where(ENROLMENT_TOKEN.TOKEN_HASH.eq(hash))
        .execute();
  }

  void credential(ExecutorId executor, byte[] hash) {
    sql.update(EXECUTOR)
        .set(EXECUTOR.CREDENTIAL_HASH, hash)
        .where(EXECUTOR.ID.eq(executor))
        .execute();
  }
}
