package dev.berth.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * The rows of claims and settles by bare SQL: as few statements as write them, in batches, on one
 * connection, without a link, fences, limits or events' contents.
 */
final class BareQueue {
  private static final String CLAIM =
      """
      with head as materialized (
        select id from run where queue_id = %1$s and provider = 'noop' and -priority = 0
          and state = 'QUEUED' and next and session_id is null
        order by -priority, id limit %2$d for no key update skip locked),
      claimed as (
        update run set state = 'STARTING', attempt = 1, attempt_id = uuidv7(), attempt_start_time = clock_timestamp(),
          executor_id = e.id
        from (select id from executor limit 1) e
        where run.id = any (array(select id from head)) returning run.id, attempt_id)
      update run_cursor k set attempt_id = c.attempt_id from claimed c where k.run_id = c.id
      """;

  private static final String SETTLE =
      """
      with ended as (
        update run set state = 'SUCCEEDED', start_time = clock_timestamp(), end_time = clock_timestamp(),
          end_reason = 'COMPLETED', end_message = ''
        where queue_id = %1$s and state = 'STARTING' returning *),
      cursors as (
        update run_cursor k set last_seq = 3, attempt_id = null from ended e where k.run_id = e.id),
      attempts as (
        insert into run_attempt (id, run_id, number, executor_id, start_time, end_time, end_reason, reported)
        select attempt_id, id, 1, executor_id, attempt_start_time, end_time, 'COMPLETED', true from ended)
      insert into run_event (run_id, seq, time, type, attempt_id, actor_kind, actor_id, payload)
      select id, n, end_time, 'run.finished', attempt_id, 'SYSTEM', 'run', '' from ended, generate_series(2, 3) n
      """;

  private BareQueue() {}

  /** Microseconds a run. */
  static double microsPerRun(Connection database, String queue, int runs, int batch)
      throws SQLException {
    String of = "(select id from queue where name = '" + queue + "')";
    try (PreparedStatement claim = database.prepareStatement(CLAIM.formatted(of, batch));
        PreparedStatement settle = database.prepareStatement(SETTLE.formatted(of))) {
      long from = System.nanoTime();
      int done = 0;
      for (int claimed = claim.executeUpdate(); claimed > 0; claimed = claim.executeUpdate()) {
        done += claimed;
        int events = settle.executeUpdate();
        assert events == 2 * claimed;
      }
      if (done != runs) {
        throw new IllegalStateException(done + " of " + runs);
      }
      return (System.nanoTime() - from) / 1e3 / runs;
    }
  }
}
