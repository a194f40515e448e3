package dev.berth.controlplane.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.ScriptedAgent;
import dev.berth.controlplane.testsupport.SessionClient;
import dev.berth.controlplane.testsupport.SettableClock;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.RunSpec;
import dev.berth.v1.Session;
import dev.berth.v1.SessionSpec;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Syncs while a run is under way, with a clock that the test moves. */
final class IntervalSyncsTest {

  @Test
  void runUnderWay_isSavedEachInterval_andOneWithoutIntervalNever() {
    SettableClock clock = new SettableClock();
    try (BerthServer berth = BerthServer.create().with(clock).start();
        ScriptedAgent agent = ScriptedAgent.enrol(berth, "host").connect()) {
      SessionClient sessions = new SessionClient(berth);
      Session each =
          sessions.active(
              SessionSpec.newBuilder().setSyncInterval(Durations.fromMinutes(2)).build());
      Session never =
          sessions.active(SessionSpec.newBuilder().setSyncInterval(Durations.ZERO).build());
      run(berth, each);
      run(berth, never);
      Awaitility.await()
          .until(() -> agent.received().stream().filter(ConnectResponse::hasStartRun).count() == 2);
      for (int round = 1; round <= 2; round++) {
        int wanted = round;
        clock.advance(Duration.ofMinutes(1));
        berth.bean(IntervalSyncs.class).runOnce();
        assertThat(syncs(agent, each)).hasSize(round - 1);
        clock.advance(Duration.ofMinutes(3));
        berth.bean(IntervalSyncs.class).runOnce();
        Awaitility.await()
            .until(() -> answered(berth, each) && syncs(agent, each).size() == wanted);
      }
      assertThat(syncs(agent, each)).containsOnly("INTERVAL");
      assertThat(syncs(agent, never)).isEmpty();
    }
  }

  private static boolean answered(BerthServer berth, Session session) {
    return berth
        .sql()
        .fetchValue(
            "select synced_order = sync_order from copy where session_id = ?::uuid",
            SessionClient.id(session).value())
        .equals(true);
  }

  private static List<String> syncs(ScriptedAgent agent, Session session) {
    return agent.received().stream()
        .filter(ConnectResponse::hasSyncCopy)
        .map(ConnectResponse::getSyncCopy)
        .filter(sync -> sync.getSessionId().equals(session.getId()))
        .map(sync -> sync.getReason())
        .toList();
  }

  private static void run(BerthServer berth, Session session) {
    Run run =
        RunServiceGrpc.newBlockingStub(berth.channel())
            .createRun(
                CreateRunRequest.newBuilder()
                    .setSessionId(session.getId())
                    .setSpec(RunSpec.newBuilder().addCommand("true"))
                    .build())
            .getRun();
    assertThat(run.getSessionId()).isEqualTo(session.getId());
  }
}
