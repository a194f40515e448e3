package dev.berth.controlplane.queue;

import static dev.berth.sql.db.Tables.QUEUE;
import static dev.berth.sql.db.Tables.QUEUE_START;
import static dev.berth.sql.db.Tables.QUEUE_TURN;
import static dev.berth.sql.db.Tables.RUN;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.QueueId;
import dev.berth.common.RetryPolicy;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.DatabaseClock;
import dev.berth.controlplane.platform.db.Labels;
import dev.berth.sql.db.tables.records.QueueRecord;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.DSL;

/** The table {@code queue}, with counts of its runs. Deleted queues are not found. */
@Singleton
final class QueueRepository {
  private static final Field<Integer> WAITING =
      DSL.field(
          DSL.selectCount().from(RUN).where(RUN.QUEUE_ID.eq(QUEUE.ID).and(RUN.STATE.eq("QUEUED"))));
  private static final Field<Integer> ACTIVE =
      DSL.field(
          DSL.selectCount()
              .from(RUN)
              .where(RUN.QUEUE_ID.eq(QUEUE.ID))
              .and(RUN.STATE.in("STARTING", "RUNNING", "WAITING")));

  /** Of deleted queues at a time. */
  private static final int MOST_REMOVED = 100;

  private final DSLContext sql;

  QueueRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** False where the project has one of that name. */
  boolean insert(QueueId id, ProjectId project, String name, QueueChange wanted, Actor actor) {
    QueueRecord row = sql.newRecord(QUEUE);
    row.setId(id);
    row.setProjectId(project);
    row.setName(name);
    row.setCreatedByKind(actor.kind().name());
    row.setCreatedById(actor.id());
    row.setCreatedByOnBehalfOf(actor.onBehalfOf());
    fill(row, wanted);
    return sql.insertInto(QUEUE).set(row).onConflictDoNothing().execute() == 1
        && sql.insertInto(QUEUE_TURN).set(QUEUE_TURN.QUEUE_ID, id).execute() == 1;
  }

  /** Where the queue becomes bounded, what waits in it is admitted anew. */
  void update(QueueId id, QueueChange wanted) {
    boolean free =
        !sql.fetchSingle(sql.select(QUEUE.BOUNDED).from(QUEUE).where(QUEUE.ID.eq(id))).value1();
    QueueRecord row = sql.newRecord(QUEUE);
    fill(row, wanted);
    change(id, row);
    if (free) {
      sql.update(RUN)
          .set(RUN.ADMITTED, false)
          .where(RUN.QUEUE_ID.eq(id).and(RUN.STATE.eq("QUEUED")).and(RUN.ADMITTED))
          .and(DSL.exists(DSL.selectOne().from(QUEUE).where(QUEUE.ID.eq(id).and(QUEUE.BOUNDED))))
          .execute();
    }
  }

  void pause(QueueId id, boolean paused) {
    QueueRecord row = sql.newRecord(QUEUE);
    row.setPaused(paused);
    change(id, row);
  }

  private void change(QueueId id, QueueRecord row) {
    sql.update(QUEUE)
        .set(row)
        .set(QUEUE.VERSION, QUEUE.VERSION.plus(1))
        .set(QUEUE.UPDATE_TIME, DatabaseClock.NOW)
        .where(QUEUE.ID.eq(id))
        .execute();
  }

  /** The row stays for the runs that were in it; its name is free. */
  void delete(QueueId id) {
    sql.update(QUEUE).set(QUEUE.DELETE_TIME, DatabaseClock.NOW).where(QUEUE.ID.eq(id)).execute();
  }

  /**
   * Removes the rows of deleted queues that no run names any more. One that was deleted has none
   * that waits or is under way: the index of those that ended tells all.
   */
  void removeDeleted() {
    List<QueueId> unused =
        sql.select(QUEUE.ID)
            .from(QUEUE)
            .where(QUEUE.DELETE_TIME.isNotNull())
            .and(
                DSL.notExists(
                    DSL.selectOne()
                        .from(RUN)
                        .where(RUN.QUEUE_ID.eq(QUEUE.ID).and(RUN.END_TIME.isNotNull()))))
            .orderBy(QUEUE.ID)
            .limit(MOST_REMOVED)
            .forUpdate()
            .skipLocked()
            .fetch(QUEUE.ID);
    sql.deleteFrom(QUEUE_START).where(QUEUE_START.QUEUE_ID.in(unused)).execute();
    sql.deleteFrom(QUEUE_TURN).where(QUEUE_TURN.QUEUE_ID.in(unused)).execute();
    sql.deleteFrom(QUEUE).where(QUEUE.ID.in(unused)).execute();
  }

  boolean exists(ProjectId project, String name) {
    return sql.fetchExists(QUEUE, in(project).and(QUEUE.NAME.eq(name)));
  }

  Optional<Queue> find(ProjectId project, QueueId id) {
    return one(project, QUEUE.ID.eq(id));
  }

  Optional<Queue> find(ProjectId project, String name) {
    return one(project, QUEUE.NAME.eq(name));
  }

  private Optional<Queue> one(ProjectId project, Condition which) {
    return sql.select(QUEUE.fields())
        .select(WAITING, ACTIVE)
        .from(QUEUE)
        .where(in(project).and(which))
        .fetchOptional(QueueRepository::queue);
  }

  Optional<QueueBounds> bounds(ProjectId project, QueueId id) {
    return bounds(project, QUEUE.ID.eq(id));
  }

  Optional<QueueBounds> bounds(ProjectId project, String name) {
    return bounds(project, QUEUE.NAME.eq(name));
  }

  /**
   * What a new run needs to know of its queue; counts nothing. The lock keeps {@link #lock} out
   * until the run is there to be seen, and others who make runs not.
   */
  private Optional<QueueBounds> bounds(ProjectId project, Condition which) {
    return sql.selectFrom(QUEUE)
        .where(in(project).and(which))
        .forKeyShare()
        .fetchOptional(row ->
            new QueueBounds(
                row.getId(),
                row.getName(),
                row.getMaxDepth(),
                key(row),
                row.getPaused(),
                row.getBounded(),
                defaults(row)));
  }

  /** Locks the queue until the transaction ends, so that its runs are counted one at a time. */
  void lockDepth(QueueId id) {
    sql.select(QUEUE.ID).from(QUEUE).where(QUEUE.ID.eq(id)).forNoKeyUpdate().fetchSingle();
  }

  /** Waits for everybody who makes a run in the queue, and keeps others from it. */
  void lock(QueueId id) {
    sql.select(QUEUE.ID).from(QUEUE).where(QUEUE.ID.eq(id)).forUpdate().fetchSingle();
  }

  /** By name, those behind {@code after}. */
  List<Queue> list(ProjectId project, String after, int limit) {
    return sql.select(QUEUE.fields())
        .select(WAITING, ACTIVE)
        .from(QUEUE)
        .where(in(project).and(QUEUE.NAME.gt(after)))
        .orderBy(QUEUE.NAME)
        .limit(limit)
        .fetch(QueueRepository::queue);
  }

  private static Condition in(ProjectId project) {
    return QUEUE.PROJECT_ID.eq(project).and(QUEUE.DELETE_TIME.isNull());
  }

  private static void fill(QueueRecord row, QueueChange wanted) {
    QueueSpec spec = wanted.spec();
    row.setLabels(Labels.toJson(wanted.labels()));
    row.setMaxConcurrency(spec.maxConcurrency());
    row.setMaxDepth(spec.maxDepth());
    row.setKeyField(spec.key().field().name());
    row.setKeyLabel(spec.key().label());
    row.setMaxConcurrencyPerKey(spec.maxConcurrencyPerKey());
    row.setRateTokens(spec.rate().tokens());
    row.setRatePeriod(spec.rate().period());
    row.setKeyRateTokens(spec.ratePerKey().tokens());
    row.setKeyRatePeriod(spec.ratePerKey().period());
    RunDefaults defaults = spec.defaults();
    RetryRule retry = defaults.retry();
    row.setDefaultMaxAttempts(defaults.maxAttempts());
    row.setDefaultRetryDelay(retry == null ? null : retry.backoff().first());
    row.setDefaultRetryMaxDelay(retry == null ? null : retry.backoff().longest());
    row.setDefaultRetryReasons(retry == null ? null : retry.reasons().toArray(String[]::new));
    row.setRunRetention(defaults.retention());
  }

  private static QueueKey key(QueueRecord row) {
    return new QueueKey(QueueKey.Field.valueOf(row.getKeyField()), row.getKeyLabel());
  }

  private static RunDefaults defaults(QueueRecord row) {
    RetryRule retry =
        row.getDefaultRetryReasons() == null
            ? null
            : new RetryRule(
                new RetryPolicy(row.getDefaultRetryDelay(), row.getDefaultRetryMaxDelay()),
                Set.of(row.getDefaultRetryReasons()));
    return new RunDefaults(row.getDefaultMaxAttempts(), retry, row.getRunRetention());
  }

  private static Queue queue(Record counted) {
    QueueRecord row = counted.into(QUEUE);
    return new Queue(
        row.getId(),
        row.getProjectId(),
        row.getName(),
        row.getVersion(),
        row.getCreateTime(),
        row.getUpdateTime(),
        Actor.of(row.getCreatedByKind(), row.getCreatedById(), row.getCreatedByOnBehalfOf()),
        new QueueChange(
            Labels.fromJson(row.getLabels()),
            new QueueSpec(
                row.getMaxConcurrency(),
                row.getMaxDepth(),
                key(row),
                row.getMaxConcurrencyPerKey(),
                new RateLimit(row.getRateTokens(), row.getRatePeriod()),
                new RateLimit(row.getKeyRateTokens(), row.getKeyRatePeriod()),
                defaults(row))),
        row.getPaused(),
        counted.get(WAITING),
        counted.get(ACTIVE));
  }
}
