package dev.berth.controlplane.event;

import static dev.berth.sql.db.Tables.EVENT;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Json;
import jakarta.inject.Singleton;
import java.util.List;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * The table {@code event}. Its order is that of the transactions that wrote it, and it is read only
 * below the oldest transaction still under way: nothing can appear behind a cursor any more.
 */
@Singleton
final class EventRepository {
  private static final Field<Long> XID = DSL.field("event.xid::text::bigint", SQLDataType.BIGINT);

  private final DSLContext sql;

  EventRepository(DSLContext sql) {
    this.sql = sql;
  }

  void insert(NewEvent event) {
    sql.insertInto(EVENT)
        .set(EVENT.PROJECT_ID, event.projectId())
        .set(EVENT.TYPE, event.type())
        .set(EVENT.RESOURCE_KIND, event.resourceKind())
        .set(EVENT.RESOURCE_ID, event.resourceId())
        .set(EVENT.SESSION_ID, event.sessionId())
        .set(EVENT.MESSAGE, event.message())
        .set(EVENT.ATTRIBUTES, Json.jsonb(event.attributes()))
        .set(EVENT.ACTOR_KIND, event.actor().kind().name())
        .set(EVENT.ACTOR_ID, event.actor().id())
        .set(EVENT.TRACE_ID, event.traceId())
        .execute();
  }

  /** The transaction below which all have ended, as the cursor before its first event. */
  EventCursor horizon() {
    return new EventCursor(
        sql.resultQuery("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            .fetchSingle()
            .get(0, Long.class),
        0);
  }

  /** The events between {@code after} and {@code horizon}, in order. */
  List<Event> read(EventFilter filter, EventCursor after, EventCursor horizon, int limit) {
    Condition where =
        EVENT
            .PROJECT_ID
            .eq(filter.projectId())
            .and(
                "(event.xid, event.id) > (?::text::xid8, ?)",
                Long.toString(after.xid()),
                after.id())
            .and("event.xid < ?::text::xid8", Long.toString(horizon.xid()));
    if (!filter.types().isEmpty()) {
      where = where.and(EVENT.TYPE.in(filter.types()));
    }
    if (!filter.resourceKind().isEmpty()) {
      where = where.and(EVENT.RESOURCE_KIND.eq(filter.resourceKind()));
    }
    if (!filter.resourceId().isEmpty()) {
      where = where.and(EVENT.RESOURCE_ID.eq(filter.resourceId()));
    }
    if (filter.sessionId() != null) {
      where = where.and(EVENT.SESSION_ID.eq(filter.sessionId()));
    }
    return sql.select(EVENT.fields())
        .select(XID)
        .from(EVENT)
        .where(where)
        .orderBy(EVENT.XID, EVENT.ID)
        .limit(limit)
        .fetch(EventRepository::event);
  }

  /** Removes up to {@code limit} events of the session, oldest first; answers how many. */
  int delete(SessionId session, int limit) {
    return sql.execute(
        """
        delete from event e
        using (select project_id, xid, id from event where session_id = ?
               order by xid, id limit ?) batch
        where e.project_id = batch.project_id and e.xid = batch.xid and e.id = batch.id
        """,
        session.value(),
        limit);
  }

  private static Event event(Record row) {
    return new Event(
        new EventCursor(row.get(XID), row.get(EVENT.ID)),
        row.get(EVENT.PROJECT_ID),
        row.get(EVENT.TIME),
        row.get(EVENT.TYPE),
        row.get(EVENT.RESOURCE_KIND),
        row.get(EVENT.RESOURCE_ID),
        row.get(EVENT.SESSION_ID),
        row.get(EVENT.MESSAGE),
        Json.values(row.get(EVENT.ATTRIBUTES)),
        Actor.of(row.get(EVENT.ACTOR_KIND), row.get(EVENT.ACTOR_ID), null),
        row.get(EVENT.TRACE_ID));
  }
}
