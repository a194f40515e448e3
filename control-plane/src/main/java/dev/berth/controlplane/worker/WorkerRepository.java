package dev.berth.controlplane.worker;

import static dev.berth.sql.db.Tables.COPY;
import static dev.berth.sql.db.Tables.SESSION;
import static dev.berth.sql.db.Tables.WORKER;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;
import dev.berth.controlplane.manifest.ManifestJson;
import dev.berth.controlplane.platform.db.DatabaseClock;
import dev.berth.controlplane.session.Session;
import dev.berth.controlplane.session.SessionSpec;
import dev.berth.sql.db.tables.records.WorkerRecord;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.JSONB;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** The table {@code worker}. */
@Singleton
final class WorkerRepository {
  static final List<String> LIVE =
      Stream.of(WorkerState.values()).filter(WorkerState::live).map(Enum::name).toList();

  private final DSLContext sql;

  WorkerRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** Inserts a worker of the session's spec and head, CREATING, wished READY. */
  Worker insert(WorkerId id, Session session, ExecutorId executor, long generation) {
    WorkerRecord row = sql.newRecord(WORKER);
    row.setId(id);
    row.setProjectId(session.projectId());
    row.setSessionId(session.id());
    row.setExecutorId(executor);
    row.setGeneration(generation);
    row.setDesired(WorkerWish.READY.name());
    row.setState(WorkerState.CREATING.name());
    row.setImage(session.spec().image());
    SessionSpec.Limits limits = session.spec().limits();
    row.setCpuMillis(limits.cpuMillis());
    row.setMemoryBytes(limits.memoryBytes());
    row.setDiskBytes(limits.diskBytes());
    row.setPids(limits.pids());
    row.setNetwork(limits.network());
    row.setBaseSnapshotId(session.headSnapshotId());
    row.setTraceId(session.lineage().traceId());
    row.setManifest(JSONB.jsonbOrNull(ManifestJson.write(session.spec().manifest())));
    return sql.insertInto(WORKER)
        .set(row)
        .set(WORKER.CREATE_TIME, DatabaseClock.NOW)
        .set(WORKER.UPDATE_TIME, DatabaseClock.NOW)
        .returning()
        .fetchSingle(WorkerRepository::read);
  }

  Optional<Worker> find(WorkerId id) {
    return sql.selectFrom(WORKER).where(WORKER.ID.eq(id)).fetchOptional(WorkerRepository::read);
  }

  Optional<Worker> find(SessionId session, long generation) {
    return sql.selectFrom(WORKER)
        .where(WORKER.SESSION_ID.eq(session).and(WORKER.GENERATION.eq(generation)))
        .fetchOptional(WorkerRepository::read);
  }

  /** The session's worker that holds or may come to hold its place. */
  Optional<Worker> live(SessionId session) {
    return sql.selectFrom(WORKER)
        .where(WORKER.SESSION_ID.eq(session).and(WORKER.STATE.in(LIVE)))
        .fetchOptional(WorkerRepository::read);
  }

  /** The session's workers that are not REMOVED, oldest first. */
  List<Worker> ofSession(SessionId session) {
    return sql.selectFrom(WORKER)
        .where(WORKER.SESSION_ID.eq(session).and(WORKER.STATE.ne(WorkerState.REMOVED.name())))
        .orderBy(WORKER.ID)
        .fetch(WorkerRepository::read);
  }

  /** The executor's workers that are not REMOVED, oldest first. */
  List<Worker> ofExecutor(ExecutorId executor) {
    return sql.selectFrom(WORKER)
        .where(WORKER.EXECUTOR_ID.eq(executor).and(WORKER.STATE.ne(WorkerState.REMOVED.name())))
        .orderBy(WORKER.ID)
        .fetch(WorkerRepository::read);
  }

  /**
   * The executor's workers of which it may have to be told something now, oldest first: not those
   * that are as they should be, unless their copy has an order that is not answered.
   */
  List<Worker> ordered(ExecutorId executor) {
    return sql.selectFrom(WORKER)
        .where(WORKER.EXECUTOR_ID.eq(executor).and(WORKER.STATE.ne(WorkerState.REMOVED.name())))
        .and(
            WORKER
                .STATE
                .in("CREATING", "PREPARING", "STOPPING")
                .or(WORKER.DESIRED.eq(WorkerWish.REMOVED.name()))
                .or(
                    DSL.exists(
                        DSL.selectOne()
                            .from(COPY)
                            .where(COPY.EXECUTOR_ID.eq(executor))
                            .and(COPY.SESSION_ID.eq(WORKER.SESSION_ID))
                            .and(COPY.SYNCED_ORDER.lt(COPY.SYNC_ORDER)))))
        .orderBy(WORKER.ID)
        .fetch(WorkerRepository::read);
  }

  /** Sessions with a live worker on the executor. */
  List<SessionId> sessionsLiveOn(ExecutorId executor) {
    return sql.select(WORKER.SESSION_ID)
        .from(WORKER)
        .where(WORKER.EXECUTOR_ID.eq(executor).and(WORKER.STATE.in(LIVE)))
        .orderBy(WORKER.SESSION_ID)
        .fetch(WORKER.SESSION_ID);
  }

  /** Sessions with a live worker or with unsaved files on the executor. */
  List<SessionId> sessionsAtRisk(ExecutorId executor) {
    return sql.select(WORKER.SESSION_ID)
        .from(WORKER)
        .where(WORKER.EXECUTOR_ID.eq(executor).and(WORKER.STATE.in(LIVE)))
        .union(
            sql.select(COPY.SESSION_ID)
                .from(COPY)
                .where(COPY.EXECUTOR_ID.eq(executor).and(COPY.DIRTY))
                .and(COPY.STATE.eq(CopyState.PRESENT.name())))
        .fetch(WORKER.SESSION_ID);
  }

  /** Those of the ids that exist. */
  List<Worker> all(Collection<WorkerId> ids) {
    return sql.selectFrom(WORKER).where(WORKER.ID.in(ids)).fetch(WorkerRepository::read);
  }

  List<Worker> list(WorkerFilter filter, @Nullable WorkerId before, int limit) {
    Condition where = WORKER.PROJECT_ID.eq(filter.projectId());
    if (filter.sessionId() != null) {
      where = where.and(WORKER.SESSION_ID.eq(filter.sessionId()));
    }
    if (filter.executorId() != null) {
      where = where.and(WORKER.EXECUTOR_ID.eq(filter.executorId()));
    }
    if (!filter.showRemoved()) {
      where = where.and(WORKER.STATE.ne(WorkerState.REMOVED.name()));
    }
    if (before != null) {
      where = where.and(WORKER.ID.lt(before));
    }
    return sql.selectFrom(WORKER)
        .where(where)
        .orderBy(WORKER.ID.desc())
        .limit(limit)
        .fetch(WorkerRepository::read);
  }

  Optional<Worker> find(ProjectId project, WorkerId id) {
    return find(id).filter(worker -> worker.projectId().equals(project));
  }

  /** Times of workers are the database's: rules compare them with its clock. */
  void state(WorkerId id, WorkerState state, String reason, String message) {
    sql.update(WORKER)
        .set(WORKER.STATE, state.name())
        .set(WORKER.REASON, reason)
        .set(WORKER.MESSAGE, message)
        .set(WORKER.PHASE, state == WorkerState.FAILED ? WORKER.PHASE : DSL.val(""))
        .set(
            WORKER.READY_TIME,
            state == WorkerState.READY
                ? DSL.coalesce(WORKER.READY_TIME, DatabaseClock.NOW)
                : WORKER.READY_TIME)
        .set(WORKER.UPDATE_TIME, DatabaseClock.NOW)
        .where(WORKER.ID.eq(id))
        .execute();
  }

  void prepares(WorkerId id, Worker.Progress progress, String message) {
    sql.update(WORKER)
        .set(WORKER.STATE, WorkerState.PREPARING.name())
        .set(WORKER.REASON, "")
        .set(WORKER.MESSAGE, message)
        .set(WORKER.PHASE, progress.phase())
        .set(WORKER.PROGRESS_BYTES, progress.bytes())
        .set(WORKER.TOTAL_BYTES, progress.totalBytes())
        .set(WORKER.UPDATE_TIME, DatabaseClock.NOW)
        .where(WORKER.ID.eq(id))
        .execute();
  }

  /** How far a save is, of a worker that stays in its state and is not on its way to READY. */
  void saving(WorkerId id, Worker.Progress progress) {
    sql.update(WORKER)
        .set(WORKER.PHASE, progress.phase())
        .set(WORKER.PROGRESS_BYTES, progress.bytes())
        .set(WORKER.TOTAL_BYTES, progress.totalBytes())
        .where(WORKER.ID.eq(id))
        .and(WORKER.STATE.in(WorkerState.READY.name(), WorkerState.STOPPING.name()))
        .execute();
  }

  /** No save of the session's workers is under way any more. */
  void saved(SessionId session) {
    sql.update(WORKER)
        .set(WORKER.PHASE, "")
        .set(WORKER.PROGRESS_BYTES, 0L)
        .set(WORKER.TOTAL_BYTES, 0L)
        .where(WORKER.SESSION_ID.eq(session).and(WORKER.PHASE.eq(Worker.Progress.SYNC)))
        .execute();
  }

  void container(WorkerId id, String ref, String digest) {
    sql.update(WORKER)
        .set(WORKER.CONTAINER_REF, ref)
        .set(WORKER.IMAGE_DIGEST, digest)
        .where(WORKER.ID.eq(id))
        .execute();
  }

  void wish(WorkerId id, WorkerWish wish, boolean skipSync) {
    sql.update(WORKER)
        .set(WORKER.DESIRED, wish.name())
        .set(WORKER.SKIP_SYNC, skipSync)
        .where(WORKER.ID.eq(id))
        .execute();
  }

  /** The live workers of the executors. */
  List<Tenant> tenants(Collection<ExecutorId> executors) {
    Condition leaving = SESSION.DESIRED.ne("ACTIVE").and(COPY.SYNC_FAILURES.eq(0));
    return sql.select(WORKER, DSL.field(leaving))
        .from(WORKER)
        .join(SESSION)
        .on(SESSION.ID.eq(WORKER.SESSION_ID))
        .join(COPY)
        .on(COPY.SESSION_ID.eq(WORKER.SESSION_ID), COPY.EXECUTOR_ID.eq(WORKER.EXECUTOR_ID))
        .where(WORKER.EXECUTOR_ID.in(executors).and(WORKER.STATE.in(LIVE)))
        .fetch(row -> {
          Worker worker = read(row.value1());
          return new Tenant(
              worker.sessionId(),
              worker.executorId(),
              Placement.share(worker.limits()),
              row.value2());
        });
  }

  void deleteAll(SessionId session) {
    sql.deleteFrom(WORKER).where(WORKER.SESSION_ID.eq(session)).execute();
  }

  private static Worker read(WorkerRecord row) {
    return new Worker(
        row.getId(),
        row.getProjectId(),
        row.getSessionId(),
        row.getExecutorId(),
        row.getGeneration(),
        row.getCreateTime(),
        row.getUpdateTime(),
        WorkerWish.valueOf(row.getDesired()),
        row.getSkipSync(),
        WorkerState.valueOf(row.getState()),
        new Worker.Progress(row.getPhase(), row.getProgressBytes(), row.getTotalBytes()),
        row.getReason(),
        row.getMessage(),
        new Worker.Container(row.getImage(), row.getImageDigest(), row.getContainerRef()),
        new SessionSpec.Limits(
            row.getCpuMillis(),
            row.getMemoryBytes(),
            row.getDiskBytes(),
            row.getPids(),
            row.getNetwork()),
        row.getBaseSnapshotId(),
        ManifestJson.read(row.getManifest() == null ? null : row.getManifest().data()),
        row.getTraceId(),
        row.getReadyTime());
  }
}
