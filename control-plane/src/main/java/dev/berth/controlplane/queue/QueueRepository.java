package dev.berth.controlplane.queue;

import static dev.berth.sql.db.Tables.QUEUE;
import static dev.berth.sql.db.Tables.RUN;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.QueueId;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Labels;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.DSL;

/** The table {@code queue}, with counts of its runs. */
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

  private final DSLContext sql;

  QueueRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** Makes the queue without bounds; does nothing where the project has one of that name. */
  void insert(QueueId id, ProjectId project, String name, Actor actor) {
    int made =
        sql.insertInto(QUEUE)
            .set(QUEUE.ID, id)
            .set(QUEUE.PROJECT_ID, project)
            .set(QUEUE.NAME, name)
            .set(QUEUE.CREATED_BY_KIND, actor.kind().name())
            .set(QUEUE.CREATED_BY_ID, actor.id())
            .onConflictDoNothing()
            .execute();
    assert made <= 1;
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
        .where(QUEUE.PROJECT_ID.eq(project).and(which))
        .fetchOptional(QueueRepository::queue);
  }

  /** What a new run needs to know of its queue; counts nothing. */
  private Optional<QueueBounds> bounds(ProjectId project, Condition which) {
    return sql.select(QUEUE.ID, QUEUE.NAME, QUEUE.MAX_DEPTH)
        .from(QUEUE)
        .where(QUEUE.PROJECT_ID.eq(project).and(which))
        .fetchOptional(row -> new QueueBounds(row.value1(), row.value2(), row.value3()));
  }

  Optional<QueueBounds> bounds(ProjectId project, QueueId id) {
    return bounds(project, QUEUE.ID.eq(id));
  }

  Optional<QueueBounds> bounds(ProjectId project, String name) {
    return bounds(project, QUEUE.NAME.eq(name));
  }

  /** Locks the queue until the transaction ends, so that its runs are counted one at a time. */
  void lock(QueueId id) {
    sql.select(QUEUE.ID).from(QUEUE).where(QUEUE.ID.eq(id)).forNoKeyUpdate().fetchSingle();
  }

  /** By name, those behind {@code after}. */
  List<Queue> list(ProjectId project, String after, int limit) {
    return sql.select(QUEUE.fields())
        .select(WAITING, ACTIVE)
        .from(QUEUE)
        .where(QUEUE.PROJECT_ID.eq(project).and(QUEUE.NAME.gt(after)))
        .orderBy(QUEUE.NAME)
        .limit(limit)
        .fetch(QueueRepository::queue);
  }

  private static Queue queue(Record row) {
    return new Queue(
        row.get(QUEUE.ID),
        row.get(QUEUE.PROJECT_ID),
        row.get(QUEUE.NAME),
        Labels.fromJson(row.get(QUEUE.LABELS)),
        row.get(QUEUE.VERSION),
        row.get(QUEUE.CREATE_TIME),
        row.get(QUEUE.UPDATE_TIME),
        Actor.of(
            row.get(QUEUE.CREATED_BY_KIND),
            row.get(QUEUE.CREATED_BY_ID),
            row.get(QUEUE.CREATED_BY_ON_BEHALF_OF)),
        row.get(QUEUE.MAX_CONCURRENCY),
        row.get(QUEUE.MAX_DEPTH),
        row.get(WAITING),
        row.get(ACTIVE));
  }
}
