package dev.berth.controlplane.workspace;

import static dev.berth.sql.db.Tables.COPY;
import static dev.berth.sql.db.Tables.EXECUTOR;
import static dev.berth.sql.db.Tables.WORKER;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.db.DatabaseClock;
import dev.berth.controlplane.relay.RelayService;
import jakarta.inject.Singleton;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/**
 * What file calls read and write of workers and copies. Writes happen under the session's lock,
 * which comes first.
 */
@Singleton
class WorkspaceRepository {

  private final DSLContext sql;

  WorkspaceRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** The session's worker, if it is ready and meant to stay so. */
  Optional<ReadyWorker> ready(SessionId session) {
    return sql.select(WORKER.ID, WORKER.EXECUTOR_ID, WORKER.GENERATION)
        .from(WORKER)
        .join(COPY)
        .on(COPY.SESSION_ID.eq(WORKER.SESSION_ID), COPY.EXECUTOR_ID.eq(WORKER.EXECUTOR_ID))
        .where(
            WORKER.SESSION_ID.eq(session),
            WORKER.STATE.eq("READY"),
            WORKER.DESIRED.eq("READY"),
            COPY.STATE.eq("PRESENT"))
        .fetchOptional(row -> new ReadyWorker(session, row.value1(), row.value2(), row.value3()));
  }

  /**
   * A disk that holds the session's files, and the worker that last could write them there: one
   * with unsaved work first, one that can be reached first, the newest first.
   */
  Optional<RelayService.Target> held(SessionId session) {
    return sql.select(WORKER.ID, COPY.EXECUTOR_ID)
        .from(COPY)
        .join(WORKER)
        .on(WORKER.SESSION_ID.eq(COPY.SESSION_ID), WORKER.GENERATION.eq(COPY.GENERATION))
        .join(EXECUTOR)
        .on(EXECUTOR.ID.eq(COPY.EXECUTOR_ID), EXECUTOR.STATE.ne("DELETED"))
        .where(COPY.SESSION_ID.eq(session), COPY.STATE.in("PRESENT", "ABANDONED"))
        .orderBy(
            COPY.DIRTY.desc(),
            DSL.field(EXECUTOR.LINK_REPLICA_ID.isNotNull()).desc(),
            COPY.GENERATION.desc())
        .limit(1)
        .fetchOptional(row -> new RelayService.Target(session, row.value1(), row.value2()));
  }

  /** The gate: from here on the copy may hold what no snapshot has. */
  void markDirty(ReadyWorker worker) {
    sql.update(COPY)
        .set(COPY.DIRTY, true)
        .set(COPY.DIRTY_VERSION, COPY.DIRTY_VERSION.plus(1))
        .set(COPY.UPDATE_TIME, DatabaseClock.NOW)
        .where(COPY.SESSION_ID.eq(worker.session()), COPY.EXECUTOR_ID.eq(worker.executor()))
        .execute();
  }

  /** Whether a copy that counts may hold what no snapshot has. */
  boolean hasDirtyCopy(SessionId session) {
    return sql.fetchExists(
        DSL.selectOne()
            .from(COPY)
            .where(
                COPY.SESSION_ID.eq(session),
                COPY.STATE.eq("PRESENT"),
                COPY.DIRTY.isTrue(),
                COPY.SALVAGE.isFalse()));
  }

  /** Orders the worker's copy saved at once, also where an earlier failure asks for patience. */
  SyncProgress orderSync(ReadyWorker worker) {
    sql.update(COPY)
        .set(COPY.SYNC_ORDER, COPY.SYNC_ORDER.plus(1))
        .set(COPY.SYNC_REASON, "REQUESTED")
        .setNull(COPY.NEXT_SYNC_TIME)
        .where(COPY.SESSION_ID.eq(worker.session()), COPY.EXECUTOR_ID.eq(worker.executor()))
        .execute();
    return progress(worker).orElseThrow();
  }

  Optional<SyncProgress> progress(ReadyWorker worker) {
    return sql.select(COPY.SYNC_ORDER, COPY.SYNCED_ORDER, COPY.SYNC_FAILURES, COPY.SYNC_ERROR)
        .from(COPY)
        .where(COPY.SESSION_ID.eq(worker.session()), COPY.EXECUTOR_ID.eq(worker.executor()))
        .fetchOptional(
            row -> new SyncProgress(row.value1(), row.value2(), row.value3(), row.value4()));
  }
}
