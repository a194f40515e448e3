package dev.berth.controlplane.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.berth.common.Id.ExecutorId;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.v1.Run;
import dev.berth.v1.RunState;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Runs that ended longer ago than they are kept. */
final class RunRetentionTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final RunFixture fixture = new RunFixture(berth);
  private final ExecutorId executor = fixture.executor();

  /** The run with all its rows, as if everything of it had been so long ago. */
  private static UUID age(Run run, String ago) {
    return berth
        .sql()
        .fetchSingle(
            """
            with old as (
              select r as row, uuid7_floor(now() - ?::interval - random() * interval '1 hour') as id
              from run r where r.id = ?),
            copy as (
              insert into run
              select (json_populate_record(row, json_build_object('id', id, 'next', false, 'end_time', end_of))).*
              from old, lateral (select case when (row).end_time is null then null
                                        else (row).end_time - ?::interval end as end_of) e
              returning id),
            cursor as (insert into run_cursor (run_id) select id from copy),
            events as (
              insert into run_event (run_id, seq, time, type, actor_kind, actor_id, payload)
              select c.id, n, now(), 'log', 'SYSTEM', 'test', ''
              from copy c, generate_series(1, 12000) n)
            select id from copy
            """,
            ago,
            RunFixture.id(run).value(),
            ago)
        .get(0, UUID.class);
  }

  private static int rows(String table, UUID run) {
    String column = table.equals("run") ? "id" : "run_id";
    return berth
        .sql()
        .fetchSingle("select count(*) from " + table + " where " + column + " = ?", run)
        .get(0, Integer.class);
  }

  @Test
  void whatEndedBeforeTheRetention_goesWithItsEvents_andNothingElseDoes() {
    Run lost = fixture.claimed(executor);
    assertThat(fixture.settleLost(lost, EndReason.EXECUTOR_LOST)).isTrue();
    Run waiting = fixture.create(fixture.session());
    UUID over = age(lost, "31 days");
    UUID young = age(lost, "29 days");
    UUID open = age(waiting, "31 days");

    berth.bean(RunRetention.class).runOnce();

    for (String table : new String[] {"run", "run_cursor", "run_event"}) {
      assertThat(rows(table, over)).as(table).isZero();
      assertThat(rows(table, young)).as(table).isPositive();
      assertThat(rows(table, open)).as(table).isPositive();
    }
    assertThat(fixture.get(lost).getState()).isEqualTo(RunState.RUN_STATE_FAILED);
    Run gone = lost.toBuilder().setId(new dev.berth.common.Id.RunId(over).toString()).build();
    assertThat(
            catchThrowableOfType(StatusRuntimeException.class, () -> fixture.get(gone))
                .getStatus()
                .getCode())
        .isEqualTo(Code.NOT_FOUND);
  }
}
