package dev.berth.controlplane.run;

import static dev.berth.controlplane.run.FakeExecutor.started;
import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.v1.Run;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Where events of runs are stored, in a database whose zone is not UTC. */
final class RunEventPartitionsTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  @Test
  void eventsOfARun_lieInThePartitionOfItsMonth() throws Exception {
    var fixture = new RunFixture(berth);
    var executor = fixture.executor();
    Run run = fixture.claimed(executor);
    try (FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(started(run)).getLastSeq()).isEqualTo(2);
    }
    assertThat(
            text(
                "select distinct tableoid::regclass::text from run_event where run_id = ?",
                RunFixture.id(run).value()))
        .isEqualTo(partition("0 months"));
  }

  @Test
  void thePartitionOfTheNextMonth_isThereAhead_andTakesItsRuns() {
    berth.bean(RunEventPartitions.class).runOnce();
    berth.bean(RunEventPartitions.class).runOnce();
    int inserted =
        berth
            .sql()
            .execute(
                """
                insert into run_event (run_id, seq, time, type, actor_kind, actor_id, payload)
                values (uuid7_floor(date_trunc('month', clock_timestamp(), 'UTC') + interval '1 month'),
                        1, clock_timestamp(), 'log', 'SYSTEM', 'test', '')
                """);
    assertThat(inserted).isEqualTo(1);
    assertThat(
            text(
                "select tableoid::regclass::text from run_event where actor_id = ?",
                (Object) "test"))
        .isEqualTo(partition("1 month"));
    assertThat(berth.sql().fetchValue("select count(*) from run_event_default")).isEqualTo(0L);
  }

  private static String partition(String later) {
    return "run_event_"
        + text(
            "select to_char(date_trunc('month', clock_timestamp(), 'UTC') at time zone 'UTC' + ?::interval, 'YYYY_MM')",
            later);
  }

  private static String text(String query, Object... values) {
    return berth.sql().fetchSingle(query, values).get(0, String.class);
  }
}
