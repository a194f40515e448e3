package dev.berth.controlplane.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.RunId;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunSpec;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Claims begin where the one before ended, and nothing is forgotten for it. */
final class ClaimFloorTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final RunFixture fixture = new RunFixture(berth);
  private final ExecutorId executor = fixture.executor();

  private Run create() {
    return fixture
        .stub()
        .createRun(
            CreateRunRequest.newBuilder().setSpec(RunSpec.newBuilder().setProvider("noop")).build())
        .getRun();
  }

  @Test
  void aRunBelowTheFloor_isClaimedOnceAFullScanHasBeenMade() throws Exception {
    try (var peer = new SessionlessPeer(fixture.channel(executor), executor, 1, List.of())) {
      Run blocking = create();
      var first = peer.start();
      assertThat(first.getRunId()).isEqualTo(blocking.getId());
      Run next = create();
      UUID early = new UUID(0x0000_0000_0000_7000L, 0x8000_0000_0000_0001L);
      berth
          .sql()
          .execute(
              """
              with made as (
                insert into run
                select (jsonb_populate_record(r, jsonb_build_object('id', ?::uuid, 'root_id', ?::uuid))).*
                from run r where r.id = ? returning id)
              insert into run_cursor (run_id) select id from made
              """,
              early,
              early,
              RunFixture.id(next).value());
      peer.succeed(List.of(first));
      var second = peer.start();
      peer.succeed(List.of(second));
      var third = peer.start();
      assertThat(List.of(second.getRunId(), third.getRunId()))
          .containsExactlyInAnyOrder(next.getId(), new RunId(early).toString());
    }
  }

  @Test
  void aFloorOnlyRises_andAScanSetsItAnew() {
    var floor = new ClaimFloor();
    var lane = new Lane(new dev.berth.common.Id.QueueId(new UUID(1, 1)), "noop", 0);
    floor.claimed(lane, new RunId(new UUID(5, 5)));
    floor.claimed(lane, new RunId(new UUID(3, 3)));
    assertThat(floor.lanes()).containsEntry(lane, new RunId(new UUID(5, 5)));
    floor.scanned(java.util.Map.of(lane, new RunId(new UUID(2, 2))));
    assertThat(floor.lanes()).containsEntry(lane, new RunId(new UUID(2, 2)));
  }
}
