package dev.berth.controlplane.snapshot;

import static dev.berth.sql.db.Tables.SESSION;
import static dev.berth.sql.db.Tables.SNAPSHOT;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.DatabaseClock;
import dev.berth.controlplane.platform.db.Labels;
import dev.berth.sql.db.tables.records.SnapshotRecord;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record2;
import org.jooq.SelectOnConditionStep;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Rows of {@code snapshot}. Of one that is made only labels and pinned ever change. */
@Singleton
class SnapshotRepository {

  private final DSLContext sql;

  SnapshotRepository(DSLContext sql) {
    this.sql = sql;
  }

  Optional<Snapshot> find(SnapshotId id, ProjectId project) {
    return select()
        .where(SNAPSHOT.ID.eq(id), SNAPSHOT.PROJECT_ID.eq(project))
        .fetchOptional(SnapshotRepository::snapshot);
  }

  /** The session's head; empty where it has none. */
  Optional<Snapshot> head(SessionId session) {
    return select()
        .where(SESSION.ID.eq(session), SESSION.HEAD_SNAPSHOT_ID.eq(SNAPSHOT.ID))
        .fetchOptional(SnapshotRepository::snapshot);
  }

  /** Newest first, those made before {@code before} where that is given. */
  List<Snapshot> list(
      ProjectId project, @Nullable SessionId session, @Nullable SnapshotId before, int limit) {
    Condition which = SNAPSHOT.PROJECT_ID.eq(project);
    if (session != null) {
      which = which.and(SNAPSHOT.SESSION_ID.eq(session));
    }
    if (before != null) {
      which = which.and(SNAPSHOT.ID.lt(before));
    }
    return select()
        .where(which)
        .orderBy(SNAPSHOT.ID.desc())
        .limit(limit)
        .fetch(SnapshotRepository::snapshot);
  }

  Optional<ProjectId> projectOf(SnapshotId id) {
    return sql.select(SNAPSHOT.PROJECT_ID)
        .from(SNAPSHOT)
        .where(SNAPSHOT.ID.eq(id))
        .fetchOptional(SNAPSHOT.PROJECT_ID);
  }

  /** False where the version is not {@code old}'s any more. */
  boolean update(Snapshot old, SnapshotChange change) {
    return sql.update(SNAPSHOT)
            .set(SNAPSHOT.LABELS, Labels.toJson(change.labels()))
            .set(SNAPSHOT.PINNED, change.pinned())
            .set(SNAPSHOT.VERSION, SNAPSHOT.VERSION.plus(1))
            .set(SNAPSHOT.UPDATE_TIME, DatabaseClock.NOW)
            .where(SNAPSHOT.ID.eq(old.id()), SNAPSHOT.VERSION.eq(old.version()))
            .execute()
        == 1;
  }

  Optional<SnapshotRef> ref(SnapshotId id) {
    return sql.select(SNAPSHOT.MANIFEST_PACK_ID, SNAPSHOT.MANIFEST_SHA256, SNAPSHOT.MANIFEST_BYTES)
        .from(SNAPSHOT)
        .where(SNAPSHOT.ID.eq(id))
        .fetchOptional(row -> new SnapshotRef(id, row.value1(), row.value2(), row.value3()));
  }

  private SelectOnConditionStep<Record2<SnapshotRecord, Boolean>> select() {
    return sql.select(SNAPSHOT, DSL.field(SESSION.HEAD_SNAPSHOT_ID.isNotDistinctFrom(SNAPSHOT.ID)))
        .from(SNAPSHOT)
        .join(SESSION)
        .on(SESSION.ID.eq(SNAPSHOT.SESSION_ID));
  }

  private static Snapshot snapshot(Record2<SnapshotRecord, Boolean> row) {
    SnapshotRecord it = row.value1();
    return new Snapshot(
        it.getId(),
        it.getProjectId(),
        it.getSessionId(),
        Labels.fromJson(it.getLabels()),
        it.getCreateTime(),
        Actor.of(it.getCreatedByKind(), it.getCreatedById(), it.getCreatedByOnBehalfOf()),
        SnapshotKind.valueOf(it.getKind()),
        it.getParentId(),
        it.getReason(),
        it.getRunId(),
        it.getRunSeq(),
        it.getWorkerGeneration(),
        it.getFileCount(),
        it.getLogicalBytes(),
        it.getStoredBytes(),
        List.of(it.getChangedDuringSync()),
        it.getPinned(),
        it.getVersion(),
        it.getUpdateTime(),
        row.value2());
  }
}
