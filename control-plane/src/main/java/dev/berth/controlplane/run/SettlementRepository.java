package dev.berth.controlplane.run;

import static dev.berth.sql.db.Tables.COPY;
import static dev.berth.sql.db.Tables.EXECUTOR;
import static dev.berth.sql.db.Tables.RUN;
import static dev.berth.sql.db.Tables.RUN_ATTEMPT;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.RunId;
import dev.berth.controlplane.executor.Executor;
import dev.berth.controlplane.platform.db.DatabaseClock;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/**
 * What the start and the end of attempts write. The caller holds the run's lock, and for an end its
 * session's. Times are the database's.
 */
@Singleton
final class SettlementRepository {
  private final DSLContext sql;

  SettlementRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** Whether the executor's agent knows that runs name files to keep. */
  boolean keepsArtifacts(ExecutorId executor) {
    return sql.fetchExists(
        EXECUTOR,
        EXECUTOR
            .ID
            .eq(executor)
            .and(DSL.val(Executor.Agent.ARTIFACTS).eq(DSL.any(EXECUTOR.FEATURES))));
  }

  void markRunning(RunId id, String imageDigest) {
    expectOne(
        sql.execute(
            """
            update run
            set state = 'RUNNING', false_starts = 0, start_time = coalesce(start_time, clock_timestamp()),
                image_digest = case when ? = '' then image_digest else ? end,
                version = version + 1, update_time = clock_timestamp()
            where id = ? and state = 'STARTING'
            """,
            imageDigest,
            imageDigest,
            id.value()),
        "start");
  }

  /** Records the wish to cancel; {@code overdue}: because its deadline has passed. */
  void requestCancel(RunId id, boolean overdue) {
    expectOne(
        sql.execute(
            """
            update run
            set cancel_requested_at = clock_timestamp(), overdue = ?, version = version + 1,
                update_time = clock_timestamp()
            where id = ? and cancel_requested_at is null
              and state in ('STARTING', 'RUNNING', 'WAITING')
            """,
            overdue,
            id.value()),
        "cancelling");
  }

  /** Records the run's attempt as ended now. */
  void insertAttempt(Run run, Run.Attempt attempt, RunEnd end, boolean reported) {
    sql.insertInto(RUN_ATTEMPT)
        .set(RUN_ATTEMPT.ID, attempt.id())
        .set(RUN_ATTEMPT.RUN_ID, run.id())
        .set(RUN_ATTEMPT.NUMBER, attempt.number())
        .set(RUN_ATTEMPT.EXECUTOR_ID, attempt.executorId())
        .set(RUN_ATTEMPT.WORKER_ID, attempt.workerId())
        .set(RUN_ATTEMPT.START_TIME, attempt.startTime())
        .set(RUN_ATTEMPT.END_TIME, DatabaseClock.NOW)
        .set(RUN_ATTEMPT.END_REASON, end.reason().name())
        .set(RUN_ATTEMPT.END_MESSAGE, end.message())
        .set(RUN_ATTEMPT.EXIT_CODE, end.exitCode())
        .set(RUN_ATTEMPT.SIGNAL, end.signal())
        .set(RUN_ATTEMPT.REPORTED, reported)
        .execute();
  }

  /**
   * Puts the run back to the queue; answers when it may be claimed again. With a session it stays
   * the next of that; without one it is passed over until then.
   */
  Instant retry(RunId id, Duration delay) {
    return sql.resultQuery(
            """
            update run
            set state = 'QUEUED', not_before = clock_timestamp() + ? * interval '1 microsecond',
                next = next and session_id is not null, delayed = delayed or session_id is null,
                version = version + 1, update_time = clock_timestamp()
            where id = ? and state in ('STARTING', 'RUNNING', 'WAITING')
            returning not_before
            """,
            delay.toNanos() / 1_000,
            id.value())
        .fetchSingle()
        .get(0, Instant.class);
  }

  /**
   * Takes the claim back: the attempt never began and is not counted. Answers as {@link #retry}.
   */
  Instant unclaim(RunId id, Duration delay) {
    return sql.resultQuery(
            """
            update run
            set state = 'QUEUED', attempt = attempt - 1, false_starts = false_starts + 1,
                not_before = clock_timestamp() + ? * interval '1 microsecond',
                next = next and session_id is not null, delayed = delayed or session_id is null,
                version = version + 1, update_time = clock_timestamp()
            where id = ? and state = 'STARTING'
            returning not_before
            """,
            delay.toNanos() / 1_000,
            id.value())
        .fetchSingle()
        .get(0, Instant.class);
  }

  /** Ends the run; answers when. */
  Instant end(RunId id, RunState state, RunEnd end, boolean deadLetter) {
    return sql.update(RUN)
        .set(RUN.STATE, state.name())
        .set(RUN.END_TIME, DatabaseClock.NOW)
        .set(RUN.END_REASON, end.reason().name())
        .set(RUN.END_MESSAGE, end.message())
        .set(RUN.EXIT_CODE, end.exitCode())
        .set(RUN.SIGNAL, end.signal())
        .set(
            RUN.DEAD_LETTERED_AT,
            deadLetter ? DatabaseClock.NOW : DSL.castNull(RUN.DEAD_LETTERED_AT))
        .set(RUN.VERSION, RUN.VERSION.plus(1))
        .set(RUN.UPDATE_TIME, DatabaseClock.NOW)
        .where(RUN.ID.eq(id).and(RUN.END_TIME.isNull()))
        .returningResult(RUN.END_TIME)
        .fetchSingle()
        .value1();
  }

  /** Orders the copy that the attempt works on to be saved, live, for that reason. */
  void orderSync(Run run, Run.Attempt attempt, String reason) {
    int ordered =
        sql.update(COPY)
            .set(COPY.SYNC_ORDER, COPY.SYNC_ORDER.plus(1))
            .set(COPY.SYNC_REASON, reason)
            .set(COPY.UPDATE_TIME, DatabaseClock.NOW)
            .where(COPY.SESSION_ID.eq(run.sessionId()))
            .and(COPY.EXECUTOR_ID.eq(attempt.executorId()))
            .and(COPY.GENERATION.eq(attempt.generation()))
            .and(COPY.STATE.eq("PRESENT"))
            .execute();
    assert ordered <= 1;
  }

  /** A run whose deadline has passed: the one to start, or else the one to finish. */
  record Overdue(RunId run, boolean toStart) {}

  /** Those that wait, or are under way and not yet being ended. */
  List<Overdue> overdue(int limit) {
    return sql.resultQuery(
            """
            (select id, true from run
             where state = 'QUEUED' and attempt = 0 and start_by <= clock_timestamp()
             order by start_by limit ?)
            union all
            (select id, false from run
             where end_time is null and cancel_requested_at is null and finish_by <= clock_timestamp()
             order by finish_by limit ?)
            """,
            limit,
            limit)
        .fetch(row -> new Overdue(new RunId(row.get(0, UUID.class)), row.get(1, Boolean.class)));
  }

  /** An attempt that nobody will settle any more, and why. */
  record Lost(RunId run, AttemptId attempt, EndReason reason, String message) {}

  /**
   * Attempts whose executor has expired or whose worker cannot run anything any more. An executor
   * that is connected knows better how they ended and has {@code patience} to say so. Those without
   * a session are looked up by executors that have expired: there may be any number of others.
   */
  List<Lost> lost(Duration patience, int limit) {
    return sql.resultQuery(
            """
            (select r.id, r.attempt_id, e.expired, e.name, w.state
             from run r
             join executor e on e.id = r.executor_id
             left join worker w on w.id = r.worker_id
             where r.state in ('STARTING', 'RUNNING', 'WAITING') and r.session_id is not null
               and (e.expired
                    or (w.state in ('STOPPED', 'REMOVED', 'LOST', 'SALVAGING', 'FAILED')
                        and (e.link_replica_id is null
                             or w.update_time < clock_timestamp() - ? * interval '1 microsecond')))
             order by r.id
             limit ?)
            union all
            (select r.id, r.attempt_id, true, e.name, null
             from executor e, lateral (
               select r.id, r.attempt_id from run r
               where r.executor_id = e.id and r.state in ('STARTING', 'RUNNING', 'WAITING') and r.session_id is null
               order by r.attempt_id
               limit ?) r
             where e.expired
             limit ?)
            """,
            patience.toNanos() / 1_000,
            limit,
            limit,
            limit)
        .fetch(row ->
            new Lost(
                new RunId(row.get(0, UUID.class)),
                new AttemptId(row.get(1, UUID.class)),
                row.get(2, Boolean.class) ? EndReason.EXECUTOR_LOST : EndReason.WORKER_LOST,
                row.get(2, Boolean.class)
                    ? "The executor "
                        + row.get(3, String.class)
                        + " was not heard of for its lease."
                    : "The worker was lost: it is " + row.get(4, String.class) + "."));
  }

  private static void expectOne(int rows, String what) {
    if (rows != 1) {
      throw new IllegalStateException(what + " of a run changed " + rows + " rows");
    }
  }
}
