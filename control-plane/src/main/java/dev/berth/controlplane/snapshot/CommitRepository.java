package dev.berth.controlplane.snapshot;

import static dev.berth.sql.db.Tables.COMMAND;
import static dev.berth.sql.db.Tables.COPY;
import static dev.berth.sql.db.Tables.EXEC;
import static dev.berth.sql.db.Tables.EXECUTOR;
import static dev.berth.sql.db.Tables.RUN;
import static dev.berth.sql.db.Tables.RUN_CURSOR;
import static dev.berth.sql.db.Tables.SESSION;
import static dev.berth.sql.db.Tables.SNAPSHOT;
import static dev.berth.sql.db.Tables.SNAPSHOT_PACK;
import static dev.berth.sql.db.Tables.WORKER;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.PackId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.platform.db.DatabaseClock;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record3;
import org.jooq.SelectConditionStep;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * What the commit of a snapshot reads and writes. It alone writes {@code session.head_snapshot_id},
 * but for a fork's first and a roll back, and alone turns {@code copy.dirty} off.
 */
@Singleton
class CommitRepository {

  private static final List<String> ACTIVE_RUN = List.of("STARTING", "RUNNING", "WAITING");

  private final DSLContext sql;

  CommitRepository(DSLContext sql) {
    this.sql = sql;
  }

  /**
   * What fences writes to a session's line of snapshots.
   *
   * @param generation the newest worker's
   * @param head null for none
   */
  record Fence(ProjectId project, long generation, @Nullable SnapshotId head) {}

  /** Locks the session's row to the end of the transaction. Empty for one of another project. */
  Optional<Fence> lock(SessionId session, ExecutorId executor) {
    return fence(session, executor).forNoKeyUpdate().of(SESSION).fetchOptional(this::fence);
  }

  /** As {@link #lock}, without locking. */
  Optional<Fence> read(SessionId session, ExecutorId executor) {
    return fence(session, executor).fetchOptional(this::fence);
  }

  private SelectConditionStep<Record3<ProjectId, Long, SnapshotId>> fence(
      SessionId session, ExecutorId executor) {
    return sql.select(SESSION.PROJECT_ID, SESSION.WORKER_GENERATION, SESSION.HEAD_SNAPSHOT_ID)
        .from(SESSION)
        .join(EXECUTOR)
        .on(EXECUTOR.PROJECT_ID.eq(SESSION.PROJECT_ID))
        .where(SESSION.ID.eq(session), EXECUTOR.ID.eq(executor));
  }

  private Fence fence(Record3<ProjectId, Long, SnapshotId> row) {
    return new Fence(row.value1(), row.value2(), row.value3());
  }

  /** Whether the session's worker of that generation is, or was, this executor's. */
  boolean servedBy(SessionId session, long generation, ExecutorId executor) {
    return sql.fetchExists(
        DSL.selectOne()
            .from(WORKER)
            .where(
                WORKER.SESSION_ID.eq(session),
                WORKER.GENERATION.eq(generation),
                WORKER.EXECUTOR_ID.eq(executor)));
  }

  /** Whether the executor has had a worker of the session, or holds a copy of it. */
  boolean everServed(SessionId session, ExecutorId executor) {
    return sql.fetchExists(
            DSL.selectOne()
                .from(WORKER)
                .where(WORKER.SESSION_ID.eq(session), WORKER.EXECUTOR_ID.eq(executor)))
        || copyGeneration(session, executor).isPresent();
  }

  /** The generation that last could write the executor's copy; empty where it holds none. */
  Optional<Long> copyGeneration(SessionId session, ExecutorId executor) {
    return sql.select(COPY.GENERATION)
        .from(COPY)
        .where(
            COPY.SESSION_ID.eq(session),
            COPY.EXECUTOR_ID.eq(executor),
            COPY.STATE.in("PRESENT", "REMOVING", "ABANDONED"))
        .fetchOptional(COPY.GENERATION);
  }

  /** The session a snapshot belongs to; empty where there is no such snapshot. */
  Optional<SessionId> sessionOf(SnapshotId snapshot) {
    return sql.select(SNAPSHOT.SESSION_ID)
        .from(SNAPSHOT)
        .where(SNAPSHOT.ID.eq(snapshot))
        .fetchOptional(SNAPSHOT.SESSION_ID);
  }

  /** Whether the snapshot is one of the session's, or the one it was made from. */
  boolean isOfLine(SnapshotId snapshot, SessionId session) {
    return sql.fetchExists(
        DSL.selectOne()
            .from(SNAPSHOT)
            .join(SESSION)
            .on(SESSION.ID.eq(session))
            .where(SNAPSHOT.ID.eq(snapshot), SNAPSHOT.PROJECT_ID.eq(SESSION.PROJECT_ID))
            .and(
                SNAPSHOT
                    .SESSION_ID
                    .eq(session)
                    .or(SESSION.ORIGIN_ID.eq(snapshot.toString()))
                    .or(SESSION.HEAD_SNAPSHOT_ID.eq(snapshot))));
  }

  /**
   * The newest run that had started, and its last event.
   *
   * @param seq of its newest event
   */
  record RunMark(RunId run, long seq) {}

  Optional<RunMark> runMark(SessionId session) {
    return sql.select(RUN.ID, RUN_CURSOR.LAST_SEQ)
        .from(RUN)
        .join(RUN_CURSOR)
        .on(RUN_CURSOR.RUN_ID.eq(RUN.ID))
        .where(RUN.SESSION_ID.eq(session), RUN.ATTEMPT.gt(0))
        .orderBy(RUN.ID.desc())
        .limit(1)
        .fetchOptional(row -> new RunMark(row.value1(), row.value2()));
  }

  void insert(
      SnapshotCommit commit, ProjectId project, ExecutorId executor, @Nullable RunMark mark) {
    sql.insertInto(SNAPSHOT)
        .set(SNAPSHOT.ID, commit.snapshot())
        .set(SNAPSHOT.PROJECT_ID, project)
        .set(SNAPSHOT.SESSION_ID, commit.session())
        .set(SNAPSHOT.CREATED_BY_KIND, "EXECUTOR")
        .set(SNAPSHOT.CREATED_BY_ID, executor.toString())
        .set(SNAPSHOT.KIND, (commit.rescued() ? SnapshotKind.RESCUED : SnapshotKind.NORMAL).name())
        .set(SNAPSHOT.PARENT_ID, commit.base())
        .set(SNAPSHOT.REASON, commit.reason())
        .set(SNAPSHOT.RUN_ID, mark == null ? null : mark.run())
        .set(SNAPSHOT.RUN_SEQ, mark == null ? 0L : mark.seq())
        .set(SNAPSHOT.WORKER_GENERATION, commit.generation())
        .set(SNAPSHOT.MANIFEST_PACK_ID, commit.manifest())
        .set(SNAPSHOT.MANIFEST_SHA256, commit.manifestSha256())
        .set(SNAPSHOT.MANIFEST_BYTES, commit.manifestBytes())
        .set(SNAPSHOT.FILE_COUNT, commit.fileCount())
        .set(SNAPSHOT.LOGICAL_BYTES, commit.logicalBytes())
        .set(SNAPSHOT.STORED_BYTES, commit.storedBytes())
        .set(SNAPSHOT.CHANGED_DURING_SYNC, commit.changedDuringSync().toArray(String[]::new))
        .execute();
    insertPacks(commit.snapshot(), commit.objects());
  }

  private void insertPacks(SnapshotId snapshot, Collection<PackId> packs) {
    var insert = sql.insertInto(SNAPSHOT_PACK, SNAPSHOT_PACK.SNAPSHOT_ID, SNAPSHOT_PACK.PACK_ID);
    for (PackId pack : packs) {
      insert = insert.values(snapshot, pack);
    }
    insert.execute();
  }

  /**
   * False: the head is not {@code base}, or another generation has begun. Nothing is changed then.
   */
  boolean moveHead(SnapshotCommit commit) {
    int moved =
        sql.update(SESSION)
            .set(SESSION.HEAD_SNAPSHOT_ID, commit.snapshot())
            .where(
                SESSION.ID.eq(commit.session()),
                SESSION.WORKER_GENERATION.eq(commit.generation()),
                SESSION.HEAD_SNAPSHOT_ID.isNotDistinctFrom(commit.base()))
            .execute();
    return moved == 1;
  }

  /** Records which snapshot the executor's copy now stands on. */
  void rebase(SnapshotCommit commit, ExecutorId executor) {
    sql.update(COPY)
        .set(COPY.BASE_SNAPSHOT_ID, commit.snapshot())
        .set(COPY.UPDATE_TIME, DatabaseClock.NOW)
        .where(
            COPY.SESSION_ID.eq(commit.session()),
            COPY.EXECUTOR_ID.eq(executor),
            COPY.GENERATION.eq(commit.generation()))
        .execute();
  }

  /**
   * Calls the copy clean if nothing can have written to it that the snapshot does not hold: the
   * sync was quiescent, and nobody who may write was on the way to the executor, who would have let
   * them. Whoever starts to write raises {@code dirty_version} in the same row first, so that of
   * two at once the later sees the earlier.
   */
  void clean(SnapshotCommit commit, ExecutorId executor) {
    if (!commit.quiescent()) {
      return;
    }
    sql.update(COPY)
        .set(COPY.DIRTY, false)
        .set(COPY.UPDATE_TIME, DatabaseClock.NOW)
        .where(
            COPY.SESSION_ID.eq(commit.session()),
            COPY.EXECUTOR_ID.eq(executor),
            COPY.GENERATION.eq(commit.generation()),
            commit.closed() || commit.rescued()
                ? DSL.noCondition()
                : noWriterUnderWay(commit, executor))
        .execute();
  }

  /**
   * The sync knew the newest {@code dirty_version}, no run is active, no writing command open, and
   * no exec on its way to the executor, who knows of those that run.
   */
  private static Condition noWriterUnderWay(SnapshotCommit commit, ExecutorId executor) {
    return COPY.DIRTY_VERSION
        .eq(commit.dirtyVersion())
        .andNotExists(
            DSL.selectOne()
                .from(RUN)
                .where(
                    RUN.SESSION_ID.eq(commit.session()),
                    RUN.EXECUTOR_ID.eq(executor),
                    RUN.WORKER_GENERATION.eq(commit.generation()),
                    RUN.STATE.in(ACTIVE_RUN)))
        .andNotExists(
            DSL.selectOne()
                .from(COMMAND)
                .where(
                    COMMAND.SESSION_ID.eq(commit.session()),
                    COMMAND.EXECUTOR_ID.eq(executor),
                    COMMAND.DONE_TIME.isNull(),
                    COMMAND.WRITES.isTrue()))
        .andNotExists(
            DSL.selectOne()
                .from(EXEC)
                .where(
                    EXEC.SESSION_ID.eq(commit.session()),
                    EXEC.EXECUTOR_ID.eq(executor),
                    EXEC.WORKER_GENERATION.eq(commit.generation()),
                    EXEC.STATE.eq("STARTING")));
  }

  /** Whether the executor's copy is clean; a copy it does not hold is not. */
  boolean isClean(SessionId session, ExecutorId executor) {
    return Objects.requireNonNullElse(
        sql.select(DSL.not(COPY.DIRTY))
            .from(COPY)
            .where(COPY.SESSION_ID.eq(session), COPY.EXECUTOR_ID.eq(executor))
            .fetchOne(row -> row.value1()),
        false);
  }
}
