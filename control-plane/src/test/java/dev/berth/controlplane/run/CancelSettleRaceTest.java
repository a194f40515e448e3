package dev.berth.controlplane.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.RunId;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.v1.CancelRunsRequest;
import dev.berth.v1.CancelRunsResponse;
import dev.berth.v1.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** As many cancels as settles of the same runs, at once. */
final class CancelSettleRaceTest {
  private static final int RUNS = 2_000;

  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final RunFixture fixture = new RunFixture(berth);
  private final ExecutorId executor = fixture.executor();

  private record Active(RunId run, AttemptId attempt) {}

  /** Runs under way, each in a session of its own. */
  private List<Active> active() {
    Run first = fixture.claimed(executor);
    return berth
        .sql()
        .resultQuery(
            """
            with n as (
              select gen_random_uuid() as session, gen_random_uuid() as run, gen_random_uuid() as attempt
              from generate_series(1, ?)),
            sessions as (
              insert into session
              select (json_populate_record(s, json_build_object('id', n.session, 'root_id', n.session))).*
              from n, session s where s.id = ?),
            runs as (
              insert into run
              select (json_populate_record(r, json_build_object('id', n.run, 'root_id', n.run,
                       'session_id', n.session, 'attempt_id', n.attempt))).*
              from n, run r where r.id = ?),
            cursors as (insert into run_cursor (run_id, attempt_id) select run, attempt from n)
            select run, attempt from n
            """,
            RUNS,
            dev.berth.common.Id.SessionId.parse(first.getSessionId()).value(),
            RunFixture.id(first).value())
        .fetch(row ->
            new Active(new RunId(row.get(0, UUID.class)), new AttemptId(row.get(1, UUID.class))));
  }

  @Test
  void eachRunEndsOnce() throws Exception {
    List<Active> runs = active();
    try (var threads = Executors.newFixedThreadPool(8)) {
      List<Future<Boolean>> settled = new ArrayList<>();
      var cancels = threads.submit(this::cancelAll);
      for (Active each : runs) {
        settled.add(
            threads.submit(() ->
                berth
                    .bean(SettlementService.class)
                    .settleLost(each.run(), each.attempt(), EndReason.EXECUTOR_LOST, "Gone.")));
      }
      for (Future<Boolean> each : settled) {
        assertThat(each.get()).isTrue();
      }
      assertThat(cancels.get()).isPositive();
    }
    var counted =
        berth
            .sql()
            .fetchSingle(
                """
                select count(*) filter (where state = 'CANCELED' and cancel_requested_at is not null),
                  count(*) filter (where state = 'FAILED' and cancel_requested_at is null
                                     and dead_lettered_at is not null),
                  (select count(*) from run_event where type = 'run.finished'),
                  (select count(distinct run_id) from run_event where type = 'run.finished')
                from run
                """);
    int canceled = counted.get(0, Integer.class);
    int failed = counted.get(1, Integer.class);
    assertThat(canceled).as("cancelled first").isPositive();
    assertThat(failed).as("settled first").isPositive();
    assertThat(canceled + failed).isEqualTo(RUNS);
    assertThat(counted.get(2, Integer.class)).as("terminal events").isEqualTo(RUNS);
    assertThat(counted.get(3, Integer.class)).as("runs with one").isEqualTo(RUNS);
  }

  private int cancelAll() {
    int asked = 0;
    CancelRunsResponse answer;
    do {
      answer =
          fixture.stub().cancelRuns(CancelRunsRequest.newBuilder().setQueue("default").build());
      asked += answer.getCanceling();
    } while (answer.getMore());
    return asked;
  }
}
