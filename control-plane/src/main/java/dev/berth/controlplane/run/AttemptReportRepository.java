package dev.berth.controlplane.run;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.RunId;
import jakarta.inject.Singleton;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Starts and ends of attempts at runs without a session, any number of them in one statement. Plain
 * JDBC with arrays, as for events.
 */
@Singleton
final class AttemptReportRepository {
  /**
   * The states are said so that the planner finds no index of those under way, which it believes to
   * be small: it is as large as what was ever under way while an old snapshot is held.
   */
  private static final String LOCK =
      """
      select r.attempt_id, r.attempt, r.state, r.retry_reasons, u.bounded, r.project_id,
        r.cancel_requested_at is not null
      from run r join queue u on u.id = r.queue_id
      where r.id = any (?::uuid[]) and r.attempt_id = any (?::uuid[]) and r.executor_id = ?
        and r.end_time is null and r.state not in ('BLOCKED', 'QUEUED') and r.session_id is null
      order by r.id for no key update of r
      """;

  private static final String BEGIN =
      """
      with said as materialized (
        select * from unnest(?::uuid[], ?::timestamptz[], ?::bytea[]) as s (run_id, began, started)),
      begun as (
        update run r
        set state = 'RUNNING', false_starts = 0, start_time = coalesce(r.start_time, clock_timestamp()),
            version = r.version + 1, update_time = clock_timestamp()
        from said s where r.id = s.run_id and r.state = 'STARTING'
        returning r.id, r.attempt_id, r.executor_id, s.began, s.started),
      numbered as (
        update run_cursor k set last_seq = k.last_seq + 1 from begun b where k.run_id = b.id
        returning b.*, k.last_seq)
      insert into run_event (run_id, seq, time, type, attempt_id, actor_kind, actor_id, payload)
      select id, last_seq, began, 'run.started', attempt_id, 'EXECUTOR', ?, started from numbered
      """;

  /** {@code fresh}: its beginning was not told before. */
  private static final String END =
      """
      with said as materialized (
        select * from unnest(?::uuid[], ?::timestamptz[], ?::bytea[], ?::bool[], ?::text[], ?::text[], ?::text[],
                             ?::int[], ?::int[], ?::bytea[])
          as s (run_id, began, started, fresh, state, reason, message, exit_code, signal, finished)),
      ended as (
        update run r
        set state = s.state, false_starts = 0, start_time = coalesce(r.start_time, clock_timestamp()),
            end_time = clock_timestamp(), end_reason = s.reason, end_message = s.message,
            exit_code = s.exit_code, signal = s.signal,
            version = r.version + 1, update_time = clock_timestamp()
        from said s where r.id = s.run_id and r.end_time is null
        returning r.id, r.attempt_id, r.executor_id, r.attempt, r.attempt_start_time, r.end_time,
          s.began, s.started, s.fresh, s.reason, s.message, s.exit_code, s.signal, s.finished),
      numbered as (
        update run_cursor k
        set last_seq = k.last_seq + case when e.fresh then 2 else 1 end, attempt_id = null
        from ended e where k.run_id = e.id
        returning e.*, k.last_seq),
      attempts as (
        insert into run_attempt (id, run_id, number, executor_id, start_time, end_time,
                                 end_reason, end_message, exit_code, signal, reported)
        select attempt_id, id, attempt, executor_id, attempt_start_time, end_time,
          reason, message, exit_code, signal, true from ended)
      insert into run_event (run_id, seq, time, type, attempt_id, actor_kind, actor_id, payload)
      select id, last_seq - 1, began, 'run.started', attempt_id, 'EXECUTOR', ?, started from numbered where fresh
      union all
      select id, last_seq, end_time, 'run.finished', attempt_id, 'SYSTEM', 'run', finished from numbered
      """;

  private static final String ENDED =
      """
      select id from run_attempt where id = any (?::uuid[]) and executor_id = ? and reported
      """;

  private final DSLContext sql;

  AttemptReportRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** An attempt under way that is the executor's: what of its run decides how it ends. */
  record Held(
      int number,
      boolean fresh,
      Set<String> retried,
      boolean bounded,
      ProjectId project,
      boolean canceling) {}

  /** Locks the runs of which those attempts are under way on the executor, in the order of ids. */
  Map<AttemptId, Held> lock(ExecutorId executor, Collection<AttemptReport> reports) {
    return sql.connectionResult(connection -> {
      try (PreparedStatement lock = connection.prepareStatement(LOCK)) {
        array(lock, 1, "uuid", reports, report -> report.run().value());
        array(lock, 2, "uuid", reports, report -> report.attempt().value());
        lock.setObject(3, executor.value());
        Map<AttemptId, Held> held = new HashMap<>();
        try (ResultSet rows = lock.executeQuery()) {
          while (rows.next()) {
            held.put(
                new AttemptId(rows.getObject(1, UUID.class)),
                new Held(
                    rows.getInt(2),
                    rows.getString(3).equals("STARTING"),
                    Set.of((String[]) rows.getArray(4).getArray()),
                    rows.getBoolean(5),
                    new ProjectId(rows.getObject(6, UUID.class)),
                    rows.getBoolean(7)));
          }
        }
        return held;
      }
    });
  }

  /** That an attempt has begun, and what is told of it. */
  record Begin(RunId run, NewEvent started) {}

  /** Marks them RUNNING, each with its event. The caller holds their locks. */
  void begin(ExecutorId executor, List<Begin> begun) {
    int events =
        sql.connectionResult(connection -> {
          try (PreparedStatement begin = connection.prepareStatement(BEGIN)) {
            begun(begin, begun);
            begin.setString(4, executor.toString());
            return begin.executeUpdate();
          }
        });
    if (events != begun.size()) {
      throw new IllegalStateException(events + " of " + begun.size() + " attempts began");
    }
  }

  private static void begun(PreparedStatement statement, List<Begin> begun) throws SQLException {
    array(statement, 1, "uuid", begun, one -> one.run().value());
    array(statement, 2, "timestamptz", begun, one -> one.started().time().toString());
    array(statement, 3, "bytea", begun, one -> one.started().payload());
  }

  /** That an attempt has ended and with it its run, and what is told of it. */
  record End(Begin begin, boolean fresh, AttemptEnd end, byte[] finished) {}

  /** Ends runs with their attempts, each with its events. The caller holds their locks. */
  void end(ExecutorId executor, List<End> ended) {
    int events =
        sql.connectionResult(connection -> {
          try (PreparedStatement end = connection.prepareStatement(END)) {
            begun(end, ended.stream().map(End::begin).toList());
            array(end, 4, "bool", ended, End::fresh);
            array(end, 5, "text", ended, one -> one.end().outcome().name());
            array(end, 6, "text", ended, one -> one.end().end().reason().name());
            array(end, 7, "text", ended, one -> one.end().end().message());
            array(end, 8, "int4", ended, one -> one.end().end().exitCode());
            array(end, 9, "int4", ended, one -> one.end().end().signal());
            array(end, 10, "bytea", ended, End::finished);
            end.setString(11, executor.toString());
            return end.executeUpdate();
          }
        });
    long fresh = ended.stream().filter(End::fresh).count();
    if (events != ended.size() + fresh) {
      throw new IllegalStateException(events + " events of " + ended.size() + " ends");
    }
  }

  /** Attempts that have not begun: their runs wait again. The caller holds their locks. */
  void giveBack(Collection<RunId> runs) {
    int given =
        sql.execute(
            """
            with given as (
              update run set state = 'QUEUED', attempt = attempt - 1, version = version + 1, update_time = clock_timestamp()
              where id = any (?::uuid[]) and state = 'STARTING'
              returning id)
            update run_cursor k set attempt_id = null from given g where k.run_id = g.id
            """,
            (Object) runs.stream().map(RunId::value).toArray(UUID[]::new));
    if (given != runs.size()) {
      throw new IllegalStateException(given + " of " + runs.size() + " runs were given back");
    }
  }

  /** Those that ended before by the executor's own word. */
  Set<AttemptId> ended(ExecutorId executor, Collection<AttemptReport> reports) {
    return sql.connectionResult(connection -> {
      try (PreparedStatement read = connection.prepareStatement(ENDED)) {
        array(read, 1, "uuid", reports, report -> report.attempt().value());
        read.setObject(2, executor.value());
        Set<AttemptId> ended = new HashSet<>();
        try (ResultSet rows = read.executeQuery()) {
          while (rows.next()) {
            ended.add(new AttemptId(rows.getObject(1, UUID.class)));
          }
        }
        return ended;
      }
    });
  }

  private static <T> void array(
      PreparedStatement statement,
      int at,
      String type,
      Collection<T> values,
      Function<T, @Nullable Object> value)
      throws SQLException {
    Object[] array = new Object[values.size()];
    int i = 0;
    for (T each : values) {
      array[i++] = value.apply(each);
    }
    if (type.equals("bytea")) {
      array = Arrays.copyOf(array, array.length, byte[][].class);
    }
    statement.setArray(at, statement.getConnection().createArrayOf(type, array));
  }
}
