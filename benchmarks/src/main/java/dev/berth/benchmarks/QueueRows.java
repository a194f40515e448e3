package dev.berth.benchmarks;

import dev.berth.common.Id.RunId;
import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.CreateQueueRequest;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.PauseQueueRequest;
import dev.berth.v1.QueueServiceGrpc;
import dev.berth.v1.ResumeQueueRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunSpec;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A queue of no-op runs: made through the API, filled by copies of the first row, since making them
 * is measured elsewhere, and looked at through rows.
 */
final class QueueRows implements AutoCloseable {
  private static final long LOOK_NANOS = 50_000_000;

  private final QueueServiceGrpc.QueueServiceBlockingStub queues;
  private final Client client;
  private final Connection database;
  private final String name;

  private QueueRows(Client client, Connection database, String name) {
    this.client = client;
    this.queues = QueueServiceGrpc.newBlockingStub(client.channel());
    this.database = database;
    this.name = name;
  }

  static QueueRows make(Stack stack, String name) {
    var rows = new QueueRows(stack.client(), stack.database(), name);
    var made = rows.queues.createQueue(CreateQueueRequest.newBuilder().setName(name).build());
    assert made.hasQueue();
    return rows;
  }

  Run create() {
    return client
        .runs()
        .createRun(
            CreateRunRequest.newBuilder()
                .setQueue(name)
                .setSpec(RunSpec.newBuilder().setProvider("noop"))
                .build())
        .getRun();
  }

  /** Nothing of it starts, and so many wait. */
  void fill(int count) throws SQLException {
    pause();
    Run first = create();
    String columns =
        text(
            """
            select string_agg(column_name, ', ') from information_schema.columns
            where table_name = 'run' and column_name not in ('id', 'root_id') and is_generated = 'NEVER'
            """);
    execute(
        """
        with made as (
          insert into run (id, root_id, %1$s)
          select n.id, n.id, %1$s
          from (select uuidv7() as id from generate_series(2, %2$d)) n,
            (select %1$s from run where queue_id = (select id from queue where name = '%3$s') limit 1) r
          returning id),
        cursors as (insert into run_cursor (run_id, last_seq) select id, 1 from made)
        insert into run_event (run_id, seq, time, type, actor_kind, actor_id, payload)
        select id, 1, now(), 'run.created', 'SYSTEM', 'bench', '' from made
        """
            .formatted(columns, count, name));
    execute("analyze run, run_cursor");
    assert first.getSessionId().isEmpty();
  }

  void pause() {
    var paused = queues.pauseQueue(PauseQueueRequest.newBuilder().setQueue(name).build());
    assert paused.hasQueue();
  }

  void resume() {
    var resumed = queues.resumeQueue(ResumeQueueRequest.newBuilder().setQueue(name).build());
    assert resumed.hasQueue();
  }

  /**
   * Until all have ended. It is the last one that is looked at, by its id: to look for one that
   * waits would pass all that have ended, and be most of what the database has to do.
   */
  void awaitEmpty() throws SQLException {
    String last =
        text(inQueue("select id from run where queue_id = %1$s order by id desc limit 1"));
    while (text("select end_time from run where id = '" + last + "'") == null || open() > 0) {
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  private double open() throws SQLException {
    return number("select count(*) from run where queue_id = %1$s and end_time is null");
  }

  /** Microseconds a run from the first claim to the last end. */
  double microsPerRun() throws SQLException {
    return number(
        """
        select extract(epoch from max(end_time) - min(attempt_start_time)) * 1e6 / count(*)
        from run where queue_id = %1$s and end_time is not null
        """);
  }

  /** The same of those that have ended within the last so many seconds. */
  double microsPerRun(int seconds) throws SQLException {
    return seconds
        * 1e6
        / number(
            "select count(*) from run where queue_id = %1$s and end_time > clock_timestamp() - interval '"
                + seconds
                + " s'");
  }

  /**
   * Milliseconds from then to the run's claim; waits until it has ended. The database is on this
   * host, and its clock is ours.
   */
  double millisToClaim(Run run, Instant called) throws SQLException {
    try (PreparedStatement read =
        database.prepareStatement(
            """
            select extract(epoch from start_time - ?::timestamptz) * 1e3 from run_attempt where run_id = ?
            """)) {
      read.setString(1, called.toString());
      read.setObject(2, RunId.parse(run.getId()).value());
      while (true) {
        try (ResultSet rows = read.executeQuery()) {
          if (rows.next()) {
            return rows.getDouble(1);
          }
        }
        LockSupport.parkNanos(1_000_000);
      }
    }
  }

  private void execute(String statement) throws SQLException {
    try (var sql = database.createStatement()) {
      sql.execute(statement);
    }
  }

  private double number(String query) throws SQLException {
    return Double.parseDouble(Objects.requireNonNull(text(inQueue(query))));
  }

  private String inQueue(String query) {
    return query.formatted("(select id from queue where name = '" + name + "')");
  }

  private @Nullable String text(String query) throws SQLException {
    try (var sql = database.createStatement();
        ResultSet rows = sql.executeQuery(query)) {
      boolean found = rows.next();
      assert found;
      return rows.getString(1);
    }
  }

  @Override
  public void close() throws SQLException {
    database.close();
  }
}
