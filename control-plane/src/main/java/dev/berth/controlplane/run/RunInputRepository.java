package dev.berth.controlplane.run;

import static dev.berth.sql.db.Tables.EXECUTOR;
import static dev.berth.sql.db.Tables.RUN;
import static dev.berth.sql.db.Tables.RUN_INPUT;
import static dev.berth.sql.db.Tables.RUN_INPUT_CURSOR;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.RunId;
import dev.berth.controlplane.executor.Executor;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.sql.db.tables.records.RunInputRecord;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Rows of {@code run_input} and the cursor that numbers those of a run. */
@Singleton
final class RunInputRepository {

  /** How far the attempt under way has been given what there is; nothing for one that is new. */
  private static final Field<Long> GIVEN =
      DSL.when(RUN_INPUT_CURSOR.ATTEMPT_ID.eq(RUN.ATTEMPT_ID), RUN_INPUT_CURSOR.GIVEN_SEQ)
          .otherwise(0L);

  private static final Condition UNDER_WAY = RUN.STATE.in("RUNNING", "WAITING");

  private final DSLContext sql;

  RunInputRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** Where a run's input stands. */
  record Cursor(long lastSeq, long position, boolean closed) {}

  /** Makes the cursor where it is missing. The caller holds the run's lock. */
  Cursor cursor(Run run) {
    sql.insertInto(RUN_INPUT_CURSOR)
        .set(RUN_INPUT_CURSOR.RUN_ID, run.id())
        .set(RUN_INPUT_CURSOR.POSITION, (long) run.spec().input().length)
        .onConflictDoNothing()
        .execute();
    return sql.select(RUN_INPUT_CURSOR.LAST_SEQ, RUN_INPUT_CURSOR.POSITION, RUN_INPUT_CURSOR.CLOSED)
        .from(RUN_INPUT_CURSOR)
        .where(RUN_INPUT_CURSOR.RUN_ID.eq(run.id()))
        .fetchSingle(row -> new Cursor(row.value1(), row.value2(), row.value3()));
  }

  Optional<RunInput.Recorded> find(RunId run, String input) {
    return sql.selectFrom(RUN_INPUT)
        .where(RUN_INPUT.RUN_ID.eq(run).and(RUN_INPUT.INPUT_ID.eq(input)))
        .fetchOptional(RunInputRepository::recorded);
  }

  /** Adds an input behind the cursor and moves it. The caller holds the run's lock. */
  void insert(RunId run, Cursor cursor, RunInput input, @Nullable AttemptId attempt, Actor actor) {
    boolean data = input.kind() == RunInput.Kind.DATA;
    sql.update(RUN_INPUT_CURSOR)
        .set(RUN_INPUT_CURSOR.LAST_SEQ, cursor.lastSeq() + 1)
        .set(RUN_INPUT_CURSOR.POSITION, cursor.position() + input.data().length)
        .set(RUN_INPUT_CURSOR.CLOSED, cursor.closed() || input.kind() == RunInput.Kind.CLOSE)
        .where(RUN_INPUT_CURSOR.RUN_ID.eq(run))
        .execute();
    sql.insertInto(RUN_INPUT)
        .set(RUN_INPUT.RUN_ID, run)
        .set(RUN_INPUT.SEQ, cursor.lastSeq() + 1)
        .set(RUN_INPUT.INPUT_ID, input.id())
        .set(RUN_INPUT.KIND, input.kind().name())
        .set(RUN_INPUT.POSITION, data ? cursor.position() : null)
        .set(RUN_INPUT.DATA, input.data())
        .set(RUN_INPUT.SIGNAL, input.signal())
        .set(RUN_INPUT.ATTEMPT_ID, input.kind().ofAttempt() ? attempt : null)
        .set(RUN_INPUT.TOLD, input.told() == null ? null : JSONB.valueOf(input.told().json()))
        .set(RUN_INPUT.ACTOR_KIND, actor.kind().name())
        .set(RUN_INPUT.ACTOR_ID, actor.id())
        .execute();
  }

  /** What was recorded and not given. */
  record Waiting(int count, long bytes) {}

  Waiting waiting(RunId run) {
    return sql.select(
            DSL.count(),
            DSL.coalesce(
                DSL.sum(DSL.field("octet_length({0})", Long.class, RUN_INPUT.DATA)), DSL.inline(0)))
        .from(RUN_INPUT)
        .join(RUN_INPUT_CURSOR)
        .on(RUN_INPUT_CURSOR.RUN_ID.eq(RUN_INPUT.RUN_ID))
        .join(RUN)
        .on(RUN.ID.eq(RUN_INPUT.RUN_ID))
        .where(RUN_INPUT.RUN_ID.eq(run).and(RUN_INPUT.SEQ.gt(GIVEN)))
        .fetchSingle(row -> new Waiting(row.value1(), row.value2().longValue()));
  }

  /** Whether the executor's agent knows such orders. */
  boolean canGive(ExecutorId executor) {
    return sql.fetchExists(EXECUTOR, EXECUTOR.ID.eq(executor).and(knowsInput()));
  }

  private static Condition knowsInput() {
    return DSL.val(Executor.Agent.INPUT).eq(DSL.any(EXECUTOR.FEATURES));
  }

  /** An input and the attempt to give it to. */
  record Order(RunId run, AttemptId attempt, RunInput.Recorded input) {}

  /**
   * What processes that run on the executor were not given yet, in order for each run: at most
   * {@code limit}. Cancels are no business of theirs.
   */
  List<Order> outstanding(ExecutorId executor, int limit) {
    return sql.select(RUN.ATTEMPT_ID, RUN_INPUT)
        .from(RUN)
        .join(EXECUTOR)
        .on(EXECUTOR.ID.eq(RUN.EXECUTOR_ID).and(knowsInput()))
        .join(RUN_INPUT_CURSOR)
        .on(RUN_INPUT_CURSOR.RUN_ID.eq(RUN.ID).and(RUN_INPUT_CURSOR.LAST_SEQ.gt(GIVEN)))
        .join(RUN_INPUT)
        .on(RUN_INPUT.RUN_ID.eq(RUN.ID).and(RUN_INPUT.SEQ.gt(GIVEN)))
        .where(RUN.EXECUTOR_ID.eq(executor).and(UNDER_WAY))
        .and(RUN_INPUT.KIND.ne("CANCEL"))
        .and(RUN_INPUT.ATTEMPT_ID.isNull().or(RUN_INPUT.ATTEMPT_ID.eq(RUN.ATTEMPT_ID)))
        .and(RUN_INPUT.FAILURE.eq(""))
        .orderBy(RUN.ID, RUN_INPUT.SEQ)
        .limit(limit)
        .fetch(row -> new Order(row.value2().getRunId(), row.value1(), recorded(row.value2())));
  }

  /**
   * The attempt was given everything up to {@code seq}. Changes nothing where it is not the run's
   * under way on that executor, or more is known to be given.
   */
  boolean given(ExecutorId executor, RunId run, AttemptId attempt, long seq) {
    return sql.update(RUN_INPUT_CURSOR)
            .set(RUN_INPUT_CURSOR.ATTEMPT_ID, attempt)
            .set(RUN_INPUT_CURSOR.GIVEN_SEQ, DSL.least(DSL.val(seq), RUN_INPUT_CURSOR.LAST_SEQ))
            .from(RUN)
            .where(RUN_INPUT_CURSOR.RUN_ID.eq(run))
            .and(RUN.ID.eq(run).and(RUN.ATTEMPT_ID.eq(attempt)).and(RUN.EXECUTOR_ID.eq(executor)))
            .and(GIVEN.lt(seq))
            .execute()
        == 1;
  }

  /**
   * The attempt is given input for the first time: what was for attempts before it can be told to
   * nobody any more.
   */
  void failSignalsBefore(RunId run, AttemptId attempt, String failure) {
    sql.update(RUN_INPUT)
        .set(RUN_INPUT.FAILURE, failure)
        .from(RUN_INPUT_CURSOR)
        .where(RUN_INPUT.RUN_ID.eq(run).and(RUN_INPUT_CURSOR.RUN_ID.eq(run)))
        .and(RUN_INPUT.KIND.in("SIGNAL", "ANSWER", "INTERRUPT").and(RUN_INPUT.FAILURE.eq("")))
        .and(RUN_INPUT_CURSOR.ATTEMPT_ID.isDistinctFrom(attempt))
        .and(RUN_INPUT.ATTEMPT_ID.ne(attempt))
        .and(
            RUN_INPUT
                .ATTEMPT_ID
                .isDistinctFrom(RUN_INPUT_CURSOR.ATTEMPT_ID)
                .or(RUN_INPUT.SEQ.gt(RUN_INPUT_CURSOR.GIVEN_SEQ)))
        .execute();
  }

  void fail(RunId run, long seq, String failure) {
    sql.update(RUN_INPUT)
        .set(RUN_INPUT.FAILURE, failure)
        .where(RUN_INPUT.RUN_ID.eq(run).and(RUN_INPUT.SEQ.eq(seq)))
        .execute();
  }

  /** How inputs of a run stand, by their ids; those that were not recorded are not among them. */
  List<Standings> standings(RunId run, List<String> inputs) {
    return sql.select(
            RUN_INPUT.INPUT_ID,
            RUN_INPUT.SEQ,
            RUN_INPUT.SEQ.le(GIVEN).and(RUN_INPUT.KIND.ne("CANCEL")),
            RUN_INPUT.FAILURE)
        .from(RUN_INPUT)
        .join(RUN_INPUT_CURSOR)
        .on(RUN_INPUT_CURSOR.RUN_ID.eq(RUN_INPUT.RUN_ID))
        .join(RUN)
        .on(RUN.ID.eq(RUN_INPUT.RUN_ID))
        .where(RUN_INPUT.RUN_ID.eq(run).and(RUN_INPUT.INPUT_ID.in(inputs)))
        .orderBy(RUN_INPUT.SEQ)
        .fetch(row ->
            new Standings(
                row.value1(), new RunInput.Standing(row.value2(), row.value3(), row.value4())));
  }

  record Standings(String input, RunInput.Standing standing) {}

  private static RunInput.Recorded recorded(RunInputRecord row) {
    return new RunInput.Recorded(
        new RunInput(
            row.getInputId(),
            RunInput.Kind.valueOf(row.getKind()),
            row.getData(),
            row.getSignal(),
            row.getTold() == null ? null : Told.of(row.getTold().data())),
        row.getSeq(),
        row.getPosition() == null ? 0 : row.getPosition(),
        row.getAttemptId(),
        row.getFailure());
  }
}
