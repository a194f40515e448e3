package dev.berth.controlplane.pool;

import static dev.berth.sql.db.Tables.EXECUTOR;
import static dev.berth.sql.db.Tables.POOL;
import static dev.berth.sql.db.Tables.POOLED_CONTAINER;
import static dev.berth.sql.db.Tables.WORKER;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.PoolId;
import dev.berth.common.Id.PooledContainerId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.WorkerId;
import dev.berth.controlplane.executor.Capacity;
import dev.berth.controlplane.executor.ExecutorState;
import dev.berth.controlplane.session.SessionSpec;
import dev.berth.sql.db.tables.records.PooledContainerRecord;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** The table {@code pooled_container}. */
@Singleton
final class PooledContainerRepository {
  private static final Condition WANTED = POOLED_CONTAINER.DESIRED.eq("READY");

  private final DSLContext sql;

  PooledContainerRepository(DSLContext sql) {
    this.sql = sql;
  }

  void insert(PooledContainerId id, Pool pool, ExecutorId executor, Instant now) {
    SessionSpec.Limits limits = pool.wanted().spec().limits();
    PooledContainerRecord row = sql.newRecord(POOLED_CONTAINER);
    row.setId(id);
    row.setProjectId(pool.projectId());
    row.setPoolId(pool.id());
    row.setExecutorId(executor);
    row.setCreateTime(now);
    row.setUpdateTime(now);
    row.setImage(pool.wanted().spec().image());
    row.setCpuMillis(limits.cpuMillis());
    row.setMemoryBytes(limits.memoryBytes());
    row.setDiskBytes(limits.diskBytes());
    row.setPids(limits.pids());
    row.setFitKey(pool.fitKey());
    sql.insertInto(POOLED_CONTAINER).set(row).execute();
  }

  /**
   * Binds the oldest that is ready to the worker, in one statement that waits for nobody; answers
   * the pool it was of.
   */
  Optional<PoolId> claim(
      WorkerId worker, ProjectId project, ExecutorId executor, String fitKey, Instant now) {
    return sql.update(POOLED_CONTAINER)
        .set(POOLED_CONTAINER.STATE, PooledState.CLAIMED.name())
        .set(POOLED_CONTAINER.WORKER_ID, worker)
        .set(POOLED_CONTAINER.UPDATE_TIME, now)
        .where(
            POOLED_CONTAINER.ID.eq(
                DSL.select(POOLED_CONTAINER.ID)
                    .from(POOLED_CONTAINER)
                    .where(ready(project, fitKey).and(POOLED_CONTAINER.EXECUTOR_ID.eq(executor)))
                    .and(POOLED_CONTAINER.POOL_ID.isNotNull())
                    .orderBy(POOLED_CONTAINER.ID)
                    .limit(1)
                    .forUpdate()
                    .skipLocked()))
        .returning(POOLED_CONTAINER.POOL_ID)
        .fetchOptional(POOLED_CONTAINER.POOL_ID);
  }

  private static Condition ready(ProjectId project, String fitKey) {
    return POOLED_CONTAINER
        .PROJECT_ID
        .eq(project)
        .and(POOLED_CONTAINER.FIT_KEY.eq(fitKey))
        .and(POOLED_CONTAINER.STATE.eq(PooledState.READY.name()))
        .and(WANTED);
  }

  /**
   * Whether the project has pools, and which executors have a container ready that fits; none fits
   * without a key.
   */
  PoolClaims.Offer offer(ProjectId project, @Nullable String fitKey) {
    Condition fits = fitKey == null ? DSL.falseCondition() : ready(project, fitKey);
    List<@Nullable ExecutorId> ofEachPool =
        sql.selectDistinct(POOLED_CONTAINER.EXECUTOR_ID)
            .from(POOL)
            .leftJoin(POOLED_CONTAINER)
            .on(POOLED_CONTAINER.POOL_ID.eq(POOL.ID).and(fits))
            .where(POOL.PROJECT_ID.eq(project))
            .fetch(POOLED_CONTAINER.EXECUTOR_ID);
    return new PoolClaims.Offer(
        project,
        !ofEachPool.isEmpty(),
        fitKey,
        ofEachPool.stream().filter(Objects::nonNull).collect(Collectors.toSet()));
  }

  /** What workers of the executor have claimed. */
  Map<WorkerId, PooledContainerId> claims(ExecutorId executor) {
    return sql.select(POOLED_CONTAINER.WORKER_ID, POOLED_CONTAINER.ID)
        .from(POOLED_CONTAINER)
        .where(POOLED_CONTAINER.EXECUTOR_ID.eq(executor))
        .and(POOLED_CONTAINER.STATE.eq(PooledState.CLAIMED.name()))
        .fetchMap(POOLED_CONTAINER.WORKER_ID, POOLED_CONTAINER.ID);
  }

  Optional<PooledContainer> find(PooledContainerId id) {
    return sql.selectFrom(POOLED_CONTAINER)
        .where(POOLED_CONTAINER.ID.eq(id))
        .fetchOptional(PooledContainerRepository::read);
  }

  /** Oldest first. */
  List<PooledContainer> ofExecutor(ExecutorId executor) {
    return list(POOLED_CONTAINER.EXECUTOR_ID.eq(executor));
  }

  List<PooledContainer> ofExecutors(Collection<ExecutorId> executors) {
    return list(POOLED_CONTAINER.EXECUTOR_ID.in(executors));
  }

  List<PooledContainer> ofPools(Collection<PoolId> pools) {
    return list(POOLED_CONTAINER.POOL_ID.in(pools));
  }

  /** Those to be made or removed now. */
  List<PooledContainer> ordered(ExecutorId executor) {
    return list(
        POOLED_CONTAINER
            .EXECUTOR_ID
            .eq(executor)
            .and(
                POOLED_CONTAINER
                    .DESIRED
                    .eq("REMOVED")
                    .or(POOLED_CONTAINER.STATE.eq(PooledState.CREATING.name()))));
  }

  private List<PooledContainer> list(Condition where) {
    return sql.selectFrom(POOLED_CONTAINER)
        .where(where)
        .orderBy(POOLED_CONTAINER.ID)
        .fetch(PooledContainerRepository::read);
  }

  void ready(PooledContainerId id, Instant now) {
    sql.update(POOLED_CONTAINER)
        .set(POOLED_CONTAINER.STATE, PooledState.READY.name())
        .set(POOLED_CONTAINER.FAILURES, 0)
        .set(POOLED_CONTAINER.REASON, "")
        .set(POOLED_CONTAINER.MESSAGE, "")
        .set(POOLED_CONTAINER.UPDATE_TIME, now)
        .where(POOLED_CONTAINER.ID.eq(id))
        .and(POOLED_CONTAINER.STATE.in(PooledState.CREATING.name(), PooledState.FAILED.name()))
        .execute();
  }

  void failed(PooledContainerId id, String reason, String message, Instant next, Instant now) {
    sql.update(POOLED_CONTAINER)
        .set(POOLED_CONTAINER.STATE, PooledState.FAILED.name())
        .set(POOLED_CONTAINER.FAILURES, POOLED_CONTAINER.FAILURES.plus(1))
        .set(POOLED_CONTAINER.REASON, reason)
        .set(POOLED_CONTAINER.MESSAGE, message)
        .set(POOLED_CONTAINER.NEXT_TRY_TIME, next)
        .set(POOLED_CONTAINER.UPDATE_TIME, now)
        .where(POOLED_CONTAINER.ID.eq(id))
        .and(POOLED_CONTAINER.STATE.in(PooledState.CREATING.name(), PooledState.READY.name()))
        .execute();
  }

  /** Orders it to be made anew. */
  void again(PooledContainerId id, Instant now) {
    again(POOLED_CONTAINER.ID.eq(id), now);
  }

  /** Orders those to be made anew whose pause is over; answers where. */
  List<ExecutorId> retry(Instant now) {
    return again(
        POOLED_CONTAINER
            .STATE
            .eq(PooledState.FAILED.name())
            .and(WANTED)
            .and(POOLED_CONTAINER.NEXT_TRY_TIME.le(now)),
        now);
  }

  private List<ExecutorId> again(Condition which, Instant now) {
    return sql.update(POOLED_CONTAINER)
        .set(POOLED_CONTAINER.STATE, PooledState.CREATING.name())
        .set(POOLED_CONTAINER.ORDER_NUMBER, POOLED_CONTAINER.ORDER_NUMBER.plus(1))
        .set(POOLED_CONTAINER.UPDATE_TIME, now)
        .where(which.and(POOLED_CONTAINER.STATE.ne(PooledState.CLAIMED.name())))
        .returning(POOLED_CONTAINER.EXECUTOR_ID)
        .fetch(POOLED_CONTAINER.EXECUTOR_ID);
  }

  /**
   * Orders the removal of one that nobody has claimed meanwhile; false where somebody has, or it is
   * ordered already.
   */
  boolean remove(PooledContainerId id, Instant now) {
    return !remove(POOLED_CONTAINER.ID.eq(id).and(unclaimed()), now).isEmpty();
  }

  /**
   * Orders the removal of all that no pool wants any more, and of what ended workers had claimed;
   * answers where.
   */
  List<ExecutorId> retire(Collection<String> liveWorkerStates, Instant now) {
    Condition unwanted =
        POOLED_CONTAINER
            .POOL_ID
            .isNull()
            .or(
                DSL.notExists(
                    DSL.selectOne()
                        .from(POOL)
                        .where(POOL.ID.eq(POOLED_CONTAINER.POOL_ID))
                        .and(POOL.FIT_KEY.eq(POOLED_CONTAINER.FIT_KEY))));
    Condition ended =
        DSL.notExists(
            DSL.selectOne()
                .from(WORKER)
                .where(WORKER.ID.eq(POOLED_CONTAINER.WORKER_ID))
                .and(WORKER.STATE.in(liveWorkerStates)));
    Condition claimed = POOLED_CONTAINER.STATE.eq(PooledState.CLAIMED.name());
    return remove(unclaimed().and(unwanted).or(claimed.and(ended)), now);
  }

  private static Condition unclaimed() {
    return POOLED_CONTAINER.STATE.ne(PooledState.CLAIMED.name());
  }

  private List<ExecutorId> remove(Condition which, Instant now) {
    return sql.update(POOLED_CONTAINER)
        .set(POOLED_CONTAINER.DESIRED, "REMOVED")
        .set(POOLED_CONTAINER.UPDATE_TIME, now)
        .where(WANTED.and(which))
        .returning(POOLED_CONTAINER.EXECUTOR_ID)
        .fetch(POOLED_CONTAINER.EXECUTOR_ID);
  }

  /** A deleted executor never says that they are gone. */
  void forgetOfDeletedExecutors() {
    sql.deleteFrom(POOLED_CONTAINER)
        .where(
            POOLED_CONTAINER.EXECUTOR_ID.in(
                DSL.select(EXECUTOR.ID)
                    .from(EXECUTOR)
                    .where(EXECUTOR.STATE.eq(ExecutorState.DELETED.name()))))
        .execute();
  }

  void delete(PooledContainerId id) {
    sql.deleteFrom(POOLED_CONTAINER).where(POOLED_CONTAINER.ID.eq(id)).execute();
  }

  private static PooledContainer read(PooledContainerRecord row) {
    return new PooledContainer(
        row.getId(),
        row.getProjectId(),
        row.getPoolId(),
        row.getExecutorId(),
        row.getImage(),
        new Capacity(1, row.getCpuMillis(), row.getMemoryBytes(), row.getDiskBytes()),
        row.getPids(),
        row.getFitKey(),
        row.getDesired().equals("READY"),
        PooledState.valueOf(row.getState()),
        row.getOrderNumber(),
        row.getFailures(),
        row.getReason(),
        row.getMessage());
  }
}
