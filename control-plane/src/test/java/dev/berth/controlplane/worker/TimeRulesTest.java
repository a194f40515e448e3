package dev.berth.controlplane.worker;

import static dev.berth.controlplane.testsupport.SessionClient.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.controlplane.run.SettlementService;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.ScriptedAgent;
import dev.berth.controlplane.testsupport.SessionClient;
import dev.berth.controlplane.testsupport.SettableClock;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.executor.v1.WorkerReport;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.GetRunRequest;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.RunSpec;
import dev.berth.v1.RunState;
import dev.berth.v1.Session;
import dev.berth.v1.SessionState;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What time alone does to sessions, with a clock that the test moves. */
final class TimeRulesTest {

  @Test
  void idleSession_isSavedAndStopped_andItsDiskRemovedAfterTheRetention() {
    SettableClock clock = new SettableClock();
    try (BerthServer berth = BerthServer.create().with(clock).start();
        ScriptedAgent agent = ScriptedAgent.enrol(berth, "host").connect()) {
      SessionClient sessions = new SessionClient(berth);
      Session session = sessions.active();
      sessions.dirty(session);
      clock.advance(Duration.ofMinutes(29));
      berth.bean(IdleReconciler.class).runOnce();
      assertThat(sessions.get(session).getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVE);
      clock.advance(Duration.ofMinutes(2));
      Session stopped =
          sessions.await(session, s -> s.getState() == SessionState.SESSION_STATE_STOPPED);
      assertThat(stopped.getUnsavedWork()).isFalse();
      assertThat(agent.holds(id(session))).isTrue();
      assertThat(sessions.history(session)).contains("session.idle");
      clock.advance(Duration.ofDays(8));
      await().untilAsserted(() -> assertThat(agent.holds(id(session))).isFalse());
      assertThat(sessions.activate(session).getState())
          .isEqualTo(SessionState.SESSION_STATE_ACTIVE);
    }
  }

  @Test
  void lostWorker_givesItsExecutorTimeToSayMore_whateverTheClockOfTheControlPlaneSays() {
    SettableClock clock = new SettableClock();
    clock.advance(Duration.ofHours(-1));
    try (BerthServer berth = BerthServer.create().with(clock).start();
        ScriptedAgent agent = ScriptedAgent.enrol(berth, "host").connect()) {
      SessionClient sessions = new SessionClient(berth);
      Session session = sessions.active();
      var runs = RunServiceGrpc.newBlockingStub(berth.channel());
      var run =
          runs.createRun(
                  CreateRunRequest.newBuilder()
                      .setSessionId(session.getId())
                      .setSpec(RunSpec.newBuilder().addCommand("true"))
                      .build())
              .getRun();
      ConnectResponse start = agent.awaitOrder(ConnectResponse::hasStartRun);
      assertThat(start.getStartRun().getRunId()).isEqualTo(run.getId());
      agent.containerIs(WorkerReport.State.STATE_LOST, id(session));
      sessions.await(session, s -> s.getWorkerGeneration() == 2);
      assertThat(berth.bean(SettlementService.class).settleLostAttempts()).isZero();
      assertThat(
              runs.getRun(GetRunRequest.newBuilder().setRunId(run.getId()).build())
                  .getRun()
                  .getState())
          .isEqualTo(RunState.RUN_STATE_STARTING);
    }
  }
}
