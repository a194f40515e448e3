package dev.berth.controlplane.run;

import static dev.berth.sql.db.Tables.RUN;
import static dev.berth.sql.db.Tables.RUN_ATTEMPT;
import static dev.berth.sql.db.Tables.RUN_CURSOR;
import static dev.berth.sql.db.Tables.RUN_EVENT;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.RunId;
import jakarta.inject.Singleton;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;

/**
 * The log of a run and the cursor that numbers it. Writing is plain JDBC with arrays: one statement
 * and one round trip for any number of events.
 */
@Singleton
final class RunEventRepository {
  /** Rows and bytes of payload that one read answers at most, but always one row. */
  static final int READ_ROWS = 1_000;

  static final int READ_BYTES = 1 << 19;

  private static final long PARTITIONS_LOCK = 0x6265_7274_6802L;

  private static final String APPEND =
      """
      with c as (
        update run_cursor k
        set last_seq = last_seq + ?, out_offset = ?, err_offset = ?, sub = ?
        where k.run_id = ? and k.attempt_id = ?
          and k.out_offset = ? and k.err_offset = ? and k.sub = ?
          and exists (select from run r where r.id = k.run_id and r.executor_id = ?)
        returning last_seq),
      i as (
        insert into run_event (run_id, seq, time, type, attempt_id, actor_kind, actor_id, payload,
                               referenced)
        select ?, c.last_seq - ? + e.n, e.time, e.type, ?, 'EXECUTOR', ?, e.payload, e.referenced
        from c, unnest(?, ?, ?, ?) with ordinality as e (time, type, payload, referenced, n))
      select last_seq from c
      """;

  private static final String READ =
      """
      select seq, time, type, attempt_id, actor_kind, actor_id, trace_id, payload, referenced
      from (select e.*, sum(octet_length(payload)) over (order by seq) as bytes
            from (select * from run_event where run_id = ? and seq > ? order by seq limit ?) e) b
      where bytes <= ? or seq = ?
      order by seq
      """;

  private final DSLContext sql;

  RunEventRepository(DSLContext sql) {
    this.sql = sql;
  }

  /**
   * Makes the partitions of this month and the next where they are missing; one replica at a time.
   */
  void ensurePartitions() {
    sql.fetch("select pg_advisory_xact_lock(?)::text", PARTITIONS_LOCK);
    sql.fetch(
        """
        select ensure_run_event_partition(moment)::text
        from (values (clock_timestamp()), (clock_timestamp() + interval '1 month')) m (moment)
        """);
  }

  /**
   * Adds the batch's events and moves the cursor to its end, where the cursor stands at its
   * beginning and the attempt and executor are the run's; otherwise changes nothing and answers
   * nothing.
   *
   * @return the number of the last event
   * @throws RefusedEventsException where the database will never store these events
   */
  OptionalLong append(EventBatch batch) {
    try {
      return sql.connectionResult(connection -> append(connection, batch));
    } catch (DataAccessException e) {
      if (e.sqlState().startsWith("22") || e.sqlState().startsWith("23")) {
        throw new RefusedEventsException(e);
      }
      throw e;
    }
  }

  private static OptionalLong append(Connection connection, EventBatch batch) throws SQLException {
    int count = batch.events().size();
    UUID run = batch.run().value();
    UUID attempt = batch.attempt().value();
    try (PreparedStatement statement = connection.prepareStatement(APPEND)) {
      int at = 1;
      statement.setLong(at++, count);
      at = position(statement, at, batch.to());
      statement.setObject(at++, run);
      statement.setObject(at++, attempt);
      at = position(statement, at, batch.from());
      statement.setObject(at++, batch.executor().value());
      statement.setObject(at++, run);
      statement.setLong(at++, count);
      statement.setObject(at++, attempt);
      statement.setString(at++, batch.executor().toString());
      arrays(connection, statement, at, batch.events());
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next() ? OptionalLong.of(rows.getLong(1)) : OptionalLong.empty();
      }
    }
  }

  private static int position(PreparedStatement statement, int at, Position position)
      throws SQLException {
    statement.setLong(at, position.out());
    statement.setLong(at + 1, position.err());
    statement.setLong(at + 2, position.sub());
    return at + 3;
  }

  private static void arrays(
      Connection connection, PreparedStatement statement, int at, List<NewEvent> events)
      throws SQLException {
    int count = events.size();
    String[] times = new String[count];
    String[] types = new String[count];
    byte[][] payloads = new byte[count][];
    Boolean[] referenced = new Boolean[count];
    for (int i = 0; i < count; i++) {
      NewEvent event = events.get(i);
      times[i] = event.time().toString();
      types[i] = event.type();
      payloads[i] = event.payload();
      referenced[i] = event.kept() != null;
    }
    statement.setArray(at, array(connection, "timestamptz", times));
    statement.setArray(at + 1, array(connection, "text", types));
    statement.setArray(at + 2, array(connection, "bytea", payloads));
    statement.setArray(at + 3, array(connection, "bool", referenced));
  }

  private static Array array(Connection connection, String type, Object[] values)
      throws SQLException {
    return connection.createArrayOf(type, values);
  }

  /**
   * Adds what the control plane itself says, and, where {@code release} is set, lets no attempt
   * write any more. The caller holds the run's lock.
   *
   * @return the number of the last event
   */
  long appendOwn(RunId run, @Nullable AttemptId attempt, List<NewEvent> events, boolean release) {
    var update =
        sql.update(RUN_CURSOR).set(RUN_CURSOR.LAST_SEQ, RUN_CURSOR.LAST_SEQ.plus(events.size()));
    if (release) {
      update = update.setNull(RUN_CURSOR.ATTEMPT_ID);
    }
    long last =
        update
            .where(RUN_CURSOR.RUN_ID.eq(run))
            .returningResult(RUN_CURSOR.LAST_SEQ)
            .fetchSingle()
            .value1();
    long seq = last - events.size();
    for (NewEvent event : events) {
      seq++;
      insert(run, seq, attempt, event);
    }
    return last;
  }

  private void insert(RunId run, long seq, @Nullable AttemptId attempt, NewEvent event) {
    int inserted =
        sql.insertInto(RUN_EVENT)
            .set(RUN_EVENT.RUN_ID, run)
            .set(RUN_EVENT.SEQ, seq)
            .set(RUN_EVENT.TIME, event.time())
            .set(RUN_EVENT.TYPE, event.type())
            .set(RUN_EVENT.ATTEMPT_ID, attempt)
            .set(RUN_EVENT.ACTOR_KIND, "SYSTEM")
            .set(RUN_EVENT.ACTOR_ID, "run")
            .set(RUN_EVENT.PAYLOAD, event.payload())
            .execute();
    assert inserted == 1;
  }

  /** Where a run's log stands, and who may write it. */
  record Cursor(
      @Nullable AttemptId attempt,
      @Nullable ExecutorId executor,
      Position position,
      long lastSeq,
      boolean ended) {}

  Optional<Cursor> cursor(RunId run) {
    return sql.select(
            RUN_CURSOR.ATTEMPT_ID,
            RUN.EXECUTOR_ID,
            RUN_CURSOR.OUT_OFFSET,
            RUN_CURSOR.ERR_OFFSET,
            RUN_CURSOR.SUB,
            RUN_CURSOR.LAST_SEQ,
            RUN.END_TIME.isNotNull())
        .from(RUN_CURSOR)
        .join(RUN)
        .on(RUN.ID.eq(RUN_CURSOR.RUN_ID))
        .where(RUN_CURSOR.RUN_ID.eq(run))
        .fetchOptional(row ->
            new Cursor(
                row.value1(),
                row.value2(),
                new Position(row.value3(), row.value4(), row.value5()),
                row.value6(),
                row.value7()));
  }

  /** The number of the run's newest event, and whether the run has ended. */
  Optional<RunTail.Head> head(RunId run) {
    return cursor(run).map(cursor -> new RunTail.Head(cursor.lastSeq(), cursor.ended()));
  }

  /** Whether the attempt was this executor's, and has ended by the executor's own word. */
  boolean hasReportedEnd(RunId run, AttemptId attempt, ExecutorId executor) {
    return sql.fetchExists(
        RUN_ATTEMPT,
        RUN_ATTEMPT
            .ID
            .eq(attempt)
            .and(RUN_ATTEMPT.RUN_ID.eq(run))
            .and(RUN_ATTEMPT.EXECUTOR_ID.eq(executor))
            .and(RUN_ATTEMPT.REPORTED));
  }

  /**
   * The events behind {@code afterSeq}, in order: at most {@code limit} and {@value #READ_BYTES}
   * bytes of payload, but at least one where there is one.
   */
  List<RunEventRow> read(RunId run, long afterSeq, int limit) {
    return sql.connectionResult(connection -> {
      try (PreparedStatement statement = connection.prepareStatement(READ)) {
        statement.setObject(1, run.value());
        statement.setLong(2, afterSeq);
        statement.setInt(3, limit);
        statement.setInt(4, READ_BYTES);
        statement.setLong(5, afterSeq + 1);
        try (ResultSet rows = statement.executeQuery()) {
          List<RunEventRow> events = new ArrayList<>();
          while (rows.next()) {
            events.add(row(rows));
          }
          return events;
        }
      }
    });
  }

  private static RunEventRow row(ResultSet rows) throws SQLException {
    UUID attempt = rows.getObject(4, UUID.class);
    return new RunEventRow(
        rows.getLong(1),
        rows.getTimestamp(2).toInstant(),
        rows.getString(3),
        attempt == null ? null : new AttemptId(attempt),
        rows.getString(5),
        rows.getString(6),
        rows.getString(7),
        rows.getBytes(8),
        rows.getBoolean(9));
  }
}
