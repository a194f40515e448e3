package dev.berth.controlplane.run;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.QueueId;
import dev.berth.common.Id.RunId;
import dev.berth.controlplane.platform.db.Labels;
import jakarta.inject.Singleton;
import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.JSONB;
import org.jspecify.annotations.Nullable;

/**
 * Which runs without a session wait, and how they are claimed for an executor. The claim is plain
 * JDBC: it is the statement that is run most often.
 */
@Singleton
final class SessionlessRepository {

  /**
   * Of each lane that the executor can serve its first run, by the index {@code run_sessionless}.
   */
  private static final String FIRSTS =
      """
      select u.id, p.provider, l.priority, l.id
      from executor e, queue u, unnest(e.sessionless_providers) as p (provider), lateral (
        with recursive lane as (
          (select r.priority, r.id from run r
           where r.queue_id = u.id and r.provider = p.provider
             and r.state = 'QUEUED' and r.next and r.session_id is null
           order by -r.priority, r.id limit 1)
          union all
          select x.priority, x.id from lane, lateral (
            select r.priority, r.id from run r
            where r.queue_id = u.id and r.provider = p.provider and -r.priority > -lane.priority
              and r.state = 'QUEUED' and r.next and r.session_id is null
            order by -r.priority, r.id limit 1) x)
        select * from lane) l
      where e.id = ? and u.project_id = e.project_id
        and not u.bounded and not u.paused and u.delete_time is null
      """;

  private static final String SPEC =
      """
      r.id, r.attempt_id, r.provider, r.command, r.environment, r.input,
      (extract(epoch from r.timeout) * 1000)::bigint, (extract(epoch from r.grace) * 1000)::bigint
      """;

  /**
   * The number is part of the text, not a parameter, so that one plan serves always. A lane is
   * bounded by rows of its index alone, so that the floor is where the index is entered: with
   * {@code queue_id = …} beside it, it would be entered where the lane begins. What is locked is
   * written by where it lies: a join would look at each row once for every other, or, while
   * statistics are young, at the whole table. One that moved since the statement began is left for
   * the next. The cursor is left alone: no attempt without a session writes events by it.
   */
  private static final String CLAIM =
      """
      with lane as materialized (
        select * from unnest(?::uuid[], ?::text[], ?::int[], ?::uuid[]) as l (queue_id, provider, priority, floor)),
      head as materialized (
        select q.id, q.place, l.priority
        from lane l
        join queue u on u.id = l.queue_id
        cross join lateral (
          select r.id, r.ctid as place from run r
          where (r.queue_id, r.provider, -r.priority, r.id) >= (l.queue_id, l.provider, -l.priority, l.floor)
            and (r.queue_id, r.provider, -r.priority) <= (l.queue_id, l.provider, -l.priority)
            and r.state = 'QUEUED' and r.next and r.session_id is null
            and (r.start_by is null or r.attempt > 0 or r.start_by > clock_timestamp())
          order by r.queue_id, r.provider, -r.priority, r.id limit %1$d
          for no key update skip locked) q
        where not u.bounded and not u.paused
          and exists (select from executor e where e.id = ? and e.link_epoch = ? and e.project_id = u.project_id
                        and e.link_replica_id is not null and e.ready and not e.expired and e.state = 'ACTIVE')
        order by l.priority desc, q.id limit %1$d),
      claimed as (
        update run r
        set state = 'STARTING', attempt = r.attempt + 1,
            attempt_id = (?::uuid[])[array_position(array(select id from head), r.id)],
            attempt_start_time = clock_timestamp(), executor_id = ?,
            not_before = null, admitted = false,
            version = r.version + 1, update_time = clock_timestamp()
        where r.ctid = any (array(select place from head))
        returning %2$s, r.queue_id, r.priority)
      select * from claimed order by attempt_id
      """;

  private static final String UNDER_WAY =
      """
      select attempt_id, state = 'STARTING' from run
      where executor_id = ? and attempt_id >= ?
        and state in ('STARTING', 'RUNNING', 'WAITING') and session_id is null
      """;

  private static final UUID LEAST = new UUID(0, 0);

  private final DSLContext sql;

  SessionlessRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** A full scan of what waits in queues without bounds and that the executor can take. */
  Map<Lane, RunId> firsts(ExecutorId executor) {
    Map<Lane, RunId> firsts = new LinkedHashMap<>();
    sql.resultQuery(FIRSTS, executor.value())
        .forEach(row ->
            firsts.put(
                new Lane(
                    new QueueId(row.get(0, UUID.class)),
                    row.get(1, String.class),
                    row.get(2, Integer.class)),
                new RunId(row.get(3, UUID.class))));
    return firsts;
  }

  /** A run that has just become an attempt, and the lane it was in. */
  record Claimed(Lane lane, SessionlessStart start) {}

  /**
   * Claims at most as many runs as there are attempt ids, each lane from its floor on; none where
   * the executor's link is not that, or it takes no work. In the order of their priorities and
   * ages, as the attempt ids are. One statement, and a transaction of its own.
   */
  List<Claimed> claim(
      ExecutorId executor, long epoch, Map<Lane, RunId> lanes, List<AttemptId> attempts) {
    String statement = CLAIM.formatted(attempts.size(), SPEC);
    return sql.connectionResult(connection -> {
      try (PreparedStatement claim = connection.prepareStatement(statement)) {
        claim.setArray(
            1, array(claim, "uuid", lanes.keySet().stream().map(l -> l.queue().value())));
        claim.setArray(2, array(claim, "text", lanes.keySet().stream().map(Lane::provider)));
        claim.setArray(3, array(claim, "int4", lanes.keySet().stream().map(Lane::priority)));
        claim.setArray(4, array(claim, "uuid", lanes.values().stream().map(RunId::value)));
        claim.setObject(5, executor.value());
        claim.setLong(6, epoch);
        claim.setArray(7, array(claim, "uuid", attempts.stream().map(AttemptId::value)));
        claim.setObject(8, executor.value());
        try (ResultSet rows = claim.executeQuery()) {
          List<Claimed> claimed = new ArrayList<>();
          while (rows.next()) {
            SessionlessStart start = start(rows);
            QueueId queue = new QueueId(rows.getObject(9, UUID.class));
            claimed.add(new Claimed(new Lane(queue, start.provider(), rows.getInt(10)), start));
          }
          return claimed;
        }
      }
    });
  }

  private static Array array(PreparedStatement statement, String type, Stream<?> values)
      throws SQLException {
    return statement.getConnection().createArrayOf(type, values.toArray());
  }

  /** What the executor is told to begin of those attempts; of those that are STARTING still. */
  List<SessionlessStart> starts(ExecutorId executor, Collection<AttemptId> attempts) {
    UUID[] ids = attempts.stream().map(AttemptId::value).toArray(UUID[]::new);
    return sql.connectionResult(connection -> {
      try (PreparedStatement read =
          connection.prepareStatement(
              "select "
                  + SPEC
                  + """
                  from run r
                  where r.executor_id = ? and r.attempt_id = any (?::uuid[])
                    and r.state = 'STARTING' and r.session_id is null
                  order by r.id
                  """)) {
        read.setObject(1, executor.value());
        read.setArray(2, connection.createArrayOf("uuid", ids));
        try (ResultSet rows = read.executeQuery()) {
          List<SessionlessStart> starts = new ArrayList<>();
          while (rows.next()) {
            starts.add(start(rows));
          }
          return starts;
        }
      }
    });
  }

  private static SessionlessStart start(ResultSet row) throws SQLException {
    return new SessionlessStart(
        new RunId(row.getObject(1, UUID.class)),
        new AttemptId(row.getObject(2, UUID.class)),
        row.getString(3),
        List.of((String[]) row.getArray(4).getArray()),
        Labels.fromJson(JSONB.valueOf(row.getString(5))),
        row.getBytes(6),
        Duration.ofMillis(row.getLong(7)),
        Duration.ofMillis(row.getLong(8)));
  }

  /**
   * The executor's attempts at runs without a session that are under way, each with whether it is
   * STARTING; those with smaller ids than {@code from} are left out.
   */
  Map<AttemptId, Boolean> underWay(ExecutorId executor, @Nullable AttemptId from) {
    Map<AttemptId, Boolean> found = new LinkedHashMap<>();
    sql.resultQuery(UNDER_WAY, executor.value(), from == null ? LEAST : from.value())
        .forEach(
            row -> found.put(new AttemptId(row.get(0, UUID.class)), row.get(1, Boolean.class)));
    return found;
  }
}
