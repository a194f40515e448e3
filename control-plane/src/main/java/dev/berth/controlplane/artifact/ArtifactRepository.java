package dev.berth.controlplane.artifact;

import static dev.berth.sql.db.Tables.ARTIFACT;
import static dev.berth.sql.db.Tables.RUN_CURSOR;
import static dev.berth.sql.db.Tables.SESSION;

import dev.berth.common.Id.ArtifactId;
import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.DatabaseClock;
import dev.berth.controlplane.platform.db.Labels;
import dev.berth.sql.db.tables.records.ArtifactRecord;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jooq.types.DayToSecond;
import org.jspecify.annotations.Nullable;

/** The table {@code artifact}. */
@Singleton
class ArtifactRepository {
  private final DSLContext sql;

  ArtifactRepository(DSLContext sql) {
    this.sql = sql;
  }

  void insert(Artifact artifact) {
    sql.insertInto(ARTIFACT)
        .set(ARTIFACT.ID, artifact.id())
        .set(ARTIFACT.PROJECT_ID, artifact.projectId())
        .set(ARTIFACT.SESSION_ID, artifact.sessionId())
        .set(ARTIFACT.RUN_ID, artifact.runId())
        .set(ARTIFACT.ATTEMPT_ID, artifact.attemptId())
        .set(ARTIFACT.CREATE_TIME, artifact.createTime())
        .set(ARTIFACT.CREATED_BY_KIND, artifact.createdBy().kind().name())
        .set(ARTIFACT.CREATED_BY_ID, artifact.createdBy().id())
        .set(ARTIFACT.CREATED_BY_ON_BEHALF_OF, artifact.createdBy().onBehalfOf())
        .set(ARTIFACT.LABELS, Labels.toJson(artifact.labels()))
        .set(ARTIFACT.KIND, artifact.kind().name())
        .set(ARTIFACT.STATE, artifact.state().name())
        .set(ARTIFACT.PATH, artifact.path())
        .set(ARTIFACT.CONTENT_TYPE, artifact.contentType())
        .set(ARTIFACT.OBJECT_KEY, artifact.objectKey())
        .set(ARTIFACT.SIZE_BYTES, artifact.sizeBytes())
        .set(ARTIFACT.SHA256, artifact.sha256())
        .set(ARTIFACT.EXPIRE_TIME, artifact.expireTime())
        .execute();
  }

  /** Whatever its state. */
  Optional<Artifact> find(ArtifactId id) {
    return sql.selectFrom(ARTIFACT)
        .where(ARTIFACT.ID.eq(id))
        .fetchOptional(ArtifactRepository::read);
  }

  /** One that is ready. */
  Optional<Artifact> find(ProjectId project, ArtifactId id) {
    return sql.selectFrom(ARTIFACT)
        .where(ARTIFACT.ID.eq(id).and(ARTIFACT.PROJECT_ID.eq(project)).and(is(ArtifactState.READY)))
        .fetchOptional(ArtifactRepository::read);
  }

  /** Those that are ready, newest first, older than {@code before} where it is set. */
  List<Artifact> list(ArtifactFilter filter, @Nullable ArtifactId before, int limit) {
    Condition where = ARTIFACT.PROJECT_ID.eq(filter.project()).and(is(ArtifactState.READY));
    if (filter.session() != null) {
      where = where.and(ARTIFACT.SESSION_ID.eq(filter.session()));
    }
    if (filter.run() != null) {
      where = where.and(ARTIFACT.RUN_ID.eq(filter.run()));
    }
    if (filter.kind() != null) {
      where = where.and(ARTIFACT.KIND.eq(filter.kind().name()));
    }
    if (before != null) {
      where = where.and(ARTIFACT.ID.lt(before));
    }
    return sql.selectFrom(ARTIFACT)
        .where(where)
        .orderBy(ARTIFACT.ID.desc())
        .limit(limit)
        .fetch(ArtifactRepository::read);
  }

  /** The attempt's files, announced and ready. */
  List<Artifact> files(AttemptId attempt) {
    return sql.selectFrom(ARTIFACT)
        .where(ARTIFACT.ATTEMPT_ID.eq(attempt), ARTIFACT.KIND.eq(ArtifactKind.FILE.name()))
        .and(ARTIFACT.STATE.ne(ArtifactState.DOOMED.name()))
        .fetch(ArtifactRepository::read);
  }

  /** False where it was not UPLOADING any more. */
  boolean makeReady(ArtifactId id, String sha256) {
    return sql.update(ARTIFACT)
            .set(ARTIFACT.STATE, ArtifactState.READY.name())
            .set(ARTIFACT.SHA256, sha256)
            .where(ARTIFACT.ID.eq(id).and(is(ArtifactState.UPLOADING)))
            .execute()
        == 1;
  }

  /** How many of them were UPLOADING. */
  int makeReady(Collection<ArtifactId> ids) {
    return sql.update(ARTIFACT)
        .set(ARTIFACT.STATE, ArtifactState.READY.name())
        .where(ARTIFACT.ID.in(ids).and(is(ArtifactState.UPLOADING)))
        .execute();
  }

  /** False where it was doomed before. */
  boolean doom(ArtifactId id) {
    return sql.update(ARTIFACT)
            .set(ARTIFACT.STATE, ArtifactState.DOOMED.name())
            .where(ARTIFACT.ID.eq(id).and(ARTIFACT.STATE.ne(ArtifactState.DOOMED.name())))
            .execute()
        == 1;
  }

  int doomAll(SessionId session) {
    return sql.update(ARTIFACT)
        .set(ARTIFACT.STATE, ArtifactState.DOOMED.name())
        .where(ARTIFACT.SESSION_ID.eq(session).and(ARTIFACT.STATE.ne(ArtifactState.DOOMED.name())))
        .execute();
  }

  /** Dooms what holds payloads of events of these runs. */
  int doomPayloads(Collection<RunId> runs) {
    return sql.update(ARTIFACT)
        .set(ARTIFACT.STATE, ArtifactState.DOOMED.name())
        .where(ARTIFACT.RUN_ID.in(runs))
        .and(ARTIFACT.KIND.eq(ArtifactKind.EVENT_PAYLOAD.name()))
        .and(ARTIFACT.STATE.ne(ArtifactState.DOOMED.name()))
        .execute();
  }

  boolean any(SessionId session) {
    return sql.fetchExists(ARTIFACT, ARTIFACT.SESSION_ID.eq(session));
  }

  /**
   * Dooms those whose upload never ended: announced longer ago than {@code age}, by a client or by
   * an attempt that is over. An attempt under way may still commit its own, however long it takes.
   */
  int doomAbandoned(Duration age, int limit) {
    Condition underWay =
        DSL.exists(
            sql.selectOne()
                .from(RUN_CURSOR)
                .where(RUN_CURSOR.RUN_ID.eq(ARTIFACT.RUN_ID))
                .and(RUN_CURSOR.ATTEMPT_ID.eq(ARTIFACT.ATTEMPT_ID)));
    return doomThose(
        is(ArtifactState.UPLOADING)
            .and(ARTIFACT.CREATE_TIME.lt(DatabaseClock.NOW.minus(DayToSecond.valueOf(age))))
            .andNot(underWay),
        limit);
  }

  int doomExpired(int limit) {
    return doomThose(
        is(ArtifactState.READY).and(ARTIFACT.EXPIRE_TIME.le(DatabaseClock.NOW)), limit);
  }

  /**
   * Of sessions that somebody deleted within {@code recently}; what is left of older ones is doomed
   * with the tombstone, as is what was left behind in a session made for its run.
   */
  int doomOfDeletedSessions(Duration recently, int limit) {
    return doomThose(
        ARTIFACT
            .STATE
            .ne(ArtifactState.DOOMED.name())
            .and(
                ARTIFACT.SESSION_ID.in(
                    sql.select(SESSION.ID)
                        .from(SESSION)
                        .where(SESSION.STATE.eq("DELETED").andNot(SESSION.THROWAWAY))
                        .and(
                            SESSION.STATE_TIME.gt(
                                DatabaseClock.NOW.minus(DayToSecond.valueOf(recently)))))),
        limit);
  }

  private int doomThose(Condition which, int limit) {
    var chosen =
        sql.select(ARTIFACT.ID)
            .from(ARTIFACT)
            .where(which)
            .orderBy(ARTIFACT.ID)
            .limit(limit)
            .forUpdate()
            .of(ARTIFACT)
            .skipLocked();
    return sql.update(ARTIFACT)
        .set(ARTIFACT.STATE, ArtifactState.DOOMED.name())
        .where(ARTIFACT.ID.in(chosen))
        .execute();
  }

  List<Artifact> doomed(int limit) {
    return sql.selectFrom(ARTIFACT)
        .where(is(ArtifactState.DOOMED))
        .orderBy(ARTIFACT.CREATE_TIME)
        .limit(limit)
        .fetch(ArtifactRepository::read);
  }

  void deleteDoomed(ArtifactId id) {
    sql.deleteFrom(ARTIFACT).where(ARTIFACT.ID.eq(id).and(is(ArtifactState.DOOMED))).execute();
  }

  private static Condition is(ArtifactState state) {
    return ARTIFACT.STATE.eq(state.name());
  }

  private static Artifact read(ArtifactRecord row) {
    return new Artifact(
        row.getId(),
        row.getProjectId(),
        row.getSessionId(),
        row.getRunId(),
        row.getAttemptId(),
        row.getCreateTime(),
        Actor.of(row.getCreatedByKind(), row.getCreatedById(), row.getCreatedByOnBehalfOf()),
        Labels.fromJson(row.getLabels()),
        ArtifactKind.valueOf(row.getKind()),
        ArtifactState.valueOf(row.getState()),
        row.getPath(),
        row.getContentType(),
        row.getObjectKey(),
        row.getSizeBytes(),
        row.getSha256(),
        row.getExpireTime());
  }
}
