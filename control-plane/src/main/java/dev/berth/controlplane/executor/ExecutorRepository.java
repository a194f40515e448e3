package dev.berth.controlplane.executor;

import static dev.berth.sql.db.Tables.COPY;
import static dev.berth.sql.db.Tables.EXECUTOR;
import static dev.berth.sql.db.Tables.WORKER;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.DatabaseClock;
import dev.berth.controlplane.platform.db.Labels;
import dev.berth.sql.db.tables.records.ExecutorRecord;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Executors as users and placement read them. */
@Singleton
final class ExecutorRepository {
  private static final List<String> HOLDING = List.of("CREATING", "PREPARING", "READY", "STOPPING");

  private final DSLContext sql;

  ExecutorRepository(DSLContext sql) {
    this.sql = sql;
  }

  Optional<Executor> find(ExecutorId id) {
    return sql.selectFrom(EXECUTOR)
        .where(EXECUTOR.ID.eq(id))
        .fetchOptional(ExecutorRepository::read);
  }

  /** Locks the row until the transaction ends. */
  Optional<Executor> lock(ExecutorId id) {
    return sql.selectFrom(EXECUTOR)
        .where(EXECUTOR.ID.eq(id))
        .forUpdate()
        .fetchOptional(ExecutorRepository::read);
  }

  /** Those that everything moves away from, and those where everything has. */
  List<Executor> leaving() {
    return sql.selectFrom(EXECUTOR)
        .where(EXECUTOR.STATE.in("DRAINING", "DRAINED"))
        .orderBy(EXECUTOR.ID)
        .fetch(ExecutorRepository::read);
  }

  /** The caller holds the row's lock. */
  void state(ExecutorId id, ExecutorState state) {
    sql.update(EXECUTOR)
        .set(EXECUTOR.STATE, state.name())
        .set(EXECUTOR.VERSION, EXECUTOR.VERSION.plus(1))
        .set(EXECUTOR.UPDATE_TIME, DatabaseClock.NOW)
        .where(EXECUTOR.ID.eq(id))
        .execute();
  }

  /** Ends its link, by a new epoch, and its lease. */
  void cutOff(ExecutorId id) {
    sql.update(EXECUTOR)
        .set(EXECUTOR.LINK_EPOCH, EXECUTOR.LINK_EPOCH.plus(1))
        .setNull(EXECUTOR.LINK_REPLICA_ID)
        .set(EXECUTOR.EXPIRED, true)
        .set(EXECUTOR.READY, false)
        .set(EXECUTOR.NOT_READY_REASON, "It was deleted")
        .where(EXECUTOR.ID.eq(id))
        .execute();
  }

  List<Executor> list(ProjectId project, boolean deleted, @Nullable ExecutorId before, int limit) {
    Condition where = EXECUTOR.PROJECT_ID.eq(project);
    if (!deleted) {
      where = where.and(EXECUTOR.STATE.ne(ExecutorState.DELETED.name()));
    }
    if (before != null) {
      where = where.and(EXECUTOR.ID.lt(before));
    }
    return sql.selectFrom(EXECUTOR)
        .where(where)
        .orderBy(EXECUTOR.ID.desc())
        .limit(limit)
        .fetch(ExecutorRepository::read);
  }

  /** The project's executors that have a link and a lease. */
  List<Executor> connected(ProjectId project) {
    return sql.selectFrom(EXECUTOR)
        .where(EXECUTOR.PROJECT_ID.eq(project))
        .and(EXECUTOR.LINK_REPLICA_ID.isNotNull())
        .andNot(EXECUTOR.EXPIRED)
        .orderBy(EXECUTOR.ID)
        .fetch(ExecutorRepository::read);
  }

  /** What live workers take of each executor; those with none are left out. */
  Map<ExecutorId, Capacity> used(Collection<ExecutorId> executors) {
    return sql.select(
            WORKER.EXECUTOR_ID,
            DSL.count(),
            DSL.sum(WORKER.CPU_MILLIS),
            DSL.sum(WORKER.MEMORY_BYTES),
            DSL.sum(WORKER.DISK_BYTES))
        .from(WORKER)
        .where(WORKER.EXECUTOR_ID.in(executors).and(WORKER.STATE.in(HOLDING)))
        .groupBy(WORKER.EXECUTOR_ID)
        .fetchMap(
            row -> row.value1(),
            row ->
                new Capacity(
                    row.value2(),
                    row.value3().intValue(),
                    row.value4().longValue(),
                    row.value5().longValue()));
  }

  /** How many copies on each may hold what no snapshot has; those with none are left out. */
  Map<ExecutorId, Integer> unsaved(Collection<ExecutorId> executors) {
    return sql.select(COPY.EXECUTOR_ID, DSL.count())
        .from(COPY)
        .where(COPY.EXECUTOR_ID.in(executors).and(COPY.DIRTY))
        .groupBy(COPY.EXECUTOR_ID)
        .fetchMap(COPY.EXECUTOR_ID, DSL.count());
  }

  static Executor read(ExecutorRecord row) {
    return new Executor(
        row.getId(),
        row.getProjectId(),
        row.getName(),
        Labels.fromJson(row.getLabels()),
        row.getVersion(),
        row.getCreateTime(),
        row.getUpdateTime(),
        Actor.of(row.getCreatedByKind(), row.getCreatedById(), row.getCreatedByOnBehalfOf()),
        ExecutorState.valueOf(row.getState()),
        new Executor.Agent(
            row.getProtocolVersion(),
            row.getBuildVersion(),
            List.of(row.getProviders()),
            row.getBootId(),
            List.of(row.getMounts()),
            List.of(row.getFeatures())),
        new Capacity(
            row.getCapacityWorkers(),
            row.getCapacityCpuMillis(),
            row.getCapacityMemoryBytes(),
            row.getCapacityDiskBytes()),
        row.getDiskFreeBytes(),
        Labels.fromJson(row.getHardening()),
        new Executor.Sessionless(row.getSessionlessRuns(), List.of(row.getSessionlessProviders())),
        new Executor.Link(
            row.getLinkEpoch(),
            row.getLinkReplicaId(),
            row.getLastSeen(),
            row.getExpired(),
            row.getReady(),
            row.getNotReadyReason()));
  }
}
