package dev.berth.controlplane.worker;

import static dev.berth.sql.db.Tables.COPY;
import static dev.berth.sql.db.Tables.RUN;
import static dev.berth.sql.db.Tables.SESSION;
import static dev.berth.sql.db.Tables.SNAPSHOT;
import static dev.berth.sql.db.Tables.WORKER;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.common.Id.WorkerId;
import dev.berth.sql.db.tables.records.CopyRecord;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** The table {@code copy}. Its rows are written under their session's lock, but for the gate. */
@Singleton
final class CopyRepository {
  private final DSLContext sql;

  CopyRepository(DSLContext sql) {
    this.sql = sql;
  }

  Optional<Copy> find(SessionId session, ExecutorId executor) {
    return sql.selectFrom(COPY)
        .where(COPY.SESSION_ID.eq(session).and(COPY.EXECUTOR_ID.eq(executor)))
        .fetchOptional(CopyRepository::read);
  }

  List<Copy> ofSession(SessionId session) {
    return sql.selectFrom(COPY)
        .where(COPY.SESSION_ID.eq(session))
        .orderBy(COPY.EXECUTOR_ID)
        .fetch(CopyRepository::read);
  }

  List<Copy> ofExecutor(ExecutorId executor) {
    return sql.selectFrom(COPY)
        .where(COPY.EXECUTOR_ID.eq(executor))
        .orderBy(COPY.SESSION_ID)
        .fetch(CopyRepository::read);
  }

  /** What the copies that workers use take of disks; those without one are left out. */
  Map<WorkerId, Long> diskUsed(Collection<WorkerId> of) {
    return sql.select(WORKER.ID, COPY.DISK_BYTES)
        .from(WORKER)
        .join(COPY)
        .on(
            COPY.SESSION_ID.eq(WORKER.SESSION_ID),
            COPY.EXECUTOR_ID.eq(WORKER.EXECUTOR_ID),
            COPY.GENERATION.eq(WORKER.GENERATION))
        .where(WORKER.ID.in(of))
        .fetchMap(WORKER.ID, COPY.DISK_BYTES);
  }

  /** The executor's copies with an order that is not answered. */
  List<Copy> ordered(ExecutorId executor) {
    return sql.selectFrom(COPY)
        .where(COPY.EXECUTOR_ID.eq(executor).and(COPY.SYNCED_ORDER.lt(COPY.SYNC_ORDER)))
        .orderBy(COPY.SESSION_ID)
        .fetch(CopyRepository::read);
  }

  /**
   * Copies that a run works on and that were not saved for their session's interval, with no order
   * outstanding.
   */
  List<Copy> dueForSync(Instant now, int limit) {
    return sql.select(COPY.fields())
        .from(RUN)
        .join(SESSION)
        .on(SESSION.ID.eq(RUN.SESSION_ID))
        .join(COPY)
        .on(COPY.SESSION_ID.eq(RUN.SESSION_ID), COPY.EXECUTOR_ID.eq(RUN.EXECUTOR_ID))
        .where(RUN.STATE.in("STARTING", "RUNNING", "WAITING"))
        .and(DSL.condition("{0} > interval '0'", SESSION.SYNC_INTERVAL))
        .and(COPY.STATE.eq(CopyState.PRESENT.name()))
        .andNot(COPY.SALVAGE)
        .and(COPY.GENERATION.eq(RUN.WORKER_GENERATION))
        .and(COPY.SYNCED_ORDER.eq(COPY.SYNC_ORDER))
        .and(
            DSL.condition(
                "greatest({0}, {1}) + {2} < {3}",
                RUN.ATTEMPT_START_TIME, COPY.SAVED_TIME, SESSION.SYNC_INTERVAL, DSL.val(now)))
        .limit(limit)
        .fetch(row -> read(row.into(COPY)));
  }

  /**
   * Copies without unsaved work of sessions that are deleted, live on another executor by now, or
   * were stopped for their retention time.
   */
  List<Copy> retirable(Instant now, int limit) {
    return sql.select(COPY.fields())
        .from(COPY)
        .join(SESSION)
        .on(SESSION.ID.eq(COPY.SESSION_ID))
        .where(COPY.STATE.in(CopyState.PRESENT.name(), CopyState.ABANDONED.name()))
        .andNot(COPY.DIRTY)
        .andNot(COPY.SALVAGE)
        .and(
            SESSION
                .STATE
                .eq("DELETED")
                .or(COPY.GENERATION.lt(SESSION.WORKER_GENERATION))
                .or(
                    SESSION
                        .STATE
                        .eq("STOPPED")
                        .and(
                            DSL.condition(
                                "{0} + {1} < {2}",
                                SESSION.STATE_TIME, SESSION.RETENTION_TIMEOUT, DSL.val(now)))))
        .limit(limit)
        .fetch(row -> read(row.into(COPY)));
  }

  /** A worker of that generation will use the copy; one that is not there is made, clean. */
  void use(
      SessionId session,
      ExecutorId executor,
      long generation,
      @Nullable SnapshotId base,
      Instant now) {
    sql.insertInto(COPY)
        .set(COPY.SESSION_ID, session)
        .set(COPY.EXECUTOR_ID, executor)
        .set(COPY.GENERATION, generation)
        .set(COPY.BASE_SNAPSHOT_ID, base)
        .set(COPY.STATE, CopyState.PRESENT.name())
        .set(COPY.UPDATE_TIME, now)
        .onConflict(COPY.SESSION_ID, COPY.EXECUTOR_ID)
        .doUpdate()
        .set(COPY.GENERATION, generation)
        .set(COPY.STATE, CopyState.PRESENT.name())
        .set(COPY.SYNC_FAILURES, 0)
        .set(COPY.SYNC_ERROR, "")
        .setNull(COPY.NEXT_SYNC_TIME)
        .set(COPY.SYNCED_ORDER, COPY.SYNC_ORDER)
        .set(COPY.UPDATE_TIME, now)
        .execute();
  }

  /** Gives a new order and returns its number; {@code due} null means at once. */
  long order(Copy copy, String reason, @Nullable Instant due) {
    return sql.update(COPY)
        .set(COPY.SYNC_ORDER, COPY.SYNC_ORDER.plus(1))
        .set(COPY.SYNC_REASON, reason)
        .set(COPY.NEXT_SYNC_TIME, due)
        .where(COPY.SESSION_ID.eq(copy.sessionId()).and(COPY.EXECUTOR_ID.eq(copy.executorId())))
        .returning(COPY.SYNC_ORDER)
        .fetchSingle(COPY.SYNC_ORDER);
  }

  void state(Copy copy, CopyState state, Instant now) {
    boolean there = state != CopyState.REMOVED && state != CopyState.MISSING;
    sql.update(COPY)
        .set(COPY.STATE, state.name())
        .set(COPY.DIRTY, there ? COPY.DIRTY : DSL.val(false))
        .set(COPY.SALVAGE, there ? COPY.SALVAGE : DSL.val(false))
        .set(COPY.DISK_BYTES, there ? COPY.DISK_BYTES : DSL.val(0L))
        .set(COPY.INSTANCE, there ? COPY.INSTANCE : DSL.val(""))
        .set(COPY.SYNCED_ORDER, there ? COPY.SYNCED_ORDER : COPY.SYNC_ORDER)
        .set(COPY.SYNC_FAILURES, there ? COPY.SYNC_FAILURES : DSL.val(0))
        .set(COPY.SYNC_ERROR, there ? COPY.SYNC_ERROR : DSL.val(""))
        .set(COPY.UPDATE_TIME, now)
        .where(COPY.SESSION_ID.eq(copy.sessionId()).and(COPY.EXECUTOR_ID.eq(copy.executorId())))
        .execute();
  }

  /** It holds what no snapshot has. */
  void dirty(SessionId session, ExecutorId executor) {
    sql.update(COPY)
        .set(COPY.DIRTY, true)
        .set(COPY.DIRTY_VERSION, COPY.DIRTY_VERSION.plus(1))
        .where(COPY.SESSION_ID.eq(session).and(COPY.EXECUTOR_ID.eq(executor)))
        .execute();
  }

  void salvage(Copy copy, boolean salvage) {
    sql.update(COPY)
        .set(COPY.SALVAGE, salvage)
        .where(COPY.SESSION_ID.eq(copy.sessionId()).and(COPY.EXECUTOR_ID.eq(copy.executorId())))
        .execute();
  }

  /** A salvage was done: what it held is a snapshot. */
  void salvaged(Copy copy) {
    sql.update(COPY)
        .set(COPY.SALVAGE, false)
        .set(COPY.DIRTY, false)
        .where(COPY.SESSION_ID.eq(copy.sessionId()).and(COPY.EXECUTOR_ID.eq(copy.executorId())))
        .execute();
  }

  /** The order was done; failures are counted from zero again. */
  void answered(Copy copy, long order, Instant now) {
    sql.update(COPY)
        .set(COPY.SYNCED_ORDER, DSL.greatest(COPY.SYNCED_ORDER, DSL.val(order)))
        .set(COPY.SYNC_FAILURES, 0)
        .set(COPY.SYNC_ERROR, "")
        .setNull(COPY.NEXT_SYNC_TIME)
        .set(COPY.SAVED_TIME, now)
        .where(COPY.SESSION_ID.eq(copy.sessionId()).and(COPY.EXECUTOR_ID.eq(copy.executorId())))
        .execute();
  }

  /** The order failed and is given again, with a new number, once {@code next} has come. */
  void failed(Copy copy, String error, Instant next) {
    sql.update(COPY)
        .set(COPY.SYNC_ORDER, COPY.SYNC_ORDER.plus(1))
        .set(COPY.SYNC_FAILURES, COPY.SYNC_FAILURES.plus(1))
        .set(COPY.SYNC_ERROR, error)
        .set(COPY.NEXT_SYNC_TIME, next)
        .where(COPY.SESSION_ID.eq(copy.sessionId()).and(COPY.EXECUTOR_ID.eq(copy.executorId())))
        .execute();
  }

  /** The base may be a snapshot that is removed by now: none then. */
  void seen(Copy copy, CopyStatus status, Instant now) {
    sql.update(COPY)
        .set(COPY.DISK_BYTES, status.diskBytes())
        .set(
            COPY.BASE_SNAPSHOT_ID,
            DSL.select(SNAPSHOT.ID).from(SNAPSHOT).where(SNAPSHOT.ID.eq(status.base())))
        .set(
            COPY.INSTANCE, status.instance().isEmpty() ? COPY.INSTANCE : DSL.val(status.instance()))
        .set(COPY.UPDATE_TIME, now)
        .where(COPY.SESSION_ID.eq(copy.sessionId()).and(COPY.EXECUTOR_ID.eq(copy.executorId())))
        .execute();
  }

  void deleteAll(SessionId session) {
    sql.deleteFrom(COPY).where(COPY.SESSION_ID.eq(session)).execute();
  }

  private static Copy read(CopyRecord row) {
    return new Copy(
        row.getSessionId(),
        row.getExecutorId(),
        row.getGeneration(),
        row.getBaseSnapshotId(),
        CopyState.valueOf(row.getState()),
        row.getDirty(),
        row.getDirtyVersion(),
        new Copy.Orders(
            row.getSyncOrder(),
            row.getSyncedOrder(),
            row.getSyncReason(),
            row.getSyncFailures(),
            row.getSyncError(),
            row.getNextSyncTime()),
        row.getSalvage(),
        row.getDiskBytes(),
        row.getInstance());
  }
}
