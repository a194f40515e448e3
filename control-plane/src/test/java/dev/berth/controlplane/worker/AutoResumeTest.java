package dev.berth.controlplane.worker;

import static dev.berth.controlplane.testsupport.Statuses.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.ScriptedAgent;
import dev.berth.controlplane.testsupport.SessionClient;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.GetRunRequest;
import dev.berth.v1.PendingReason;
import dev.berth.v1.Run;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.RunServiceGrpc.RunServiceBlockingStub;
import dev.berth.v1.RunSpec;
import dev.berth.v1.RunState;
import dev.berth.v1.Session;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.SessionState;
import dev.berth.v1.StatFileRequest;
import dev.berth.v1.WorkspaceServiceGrpc;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A session that does not resume by itself is woken by ActivateSession and by nothing else. */
final class AutoResumeTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create();

  @Test
  void withoutAutoResume_fileCallsAreRefused_andRunsWaitUntilItIsActivated() {
    try (ScriptedAgent agent = ScriptedAgent.enrol(berth, "host").connect()) {
      SessionClient sessions = new SessionClient(berth);
      Session active = sessions.active(SessionSpec.newBuilder().setAutoResume(false).build());
      Session stopped = sessions.stop(active, false);
      assertThat(stopped.getState()).isEqualTo(SessionState.SESSION_STATE_STOPPED);

      var refusal =
          refused(
              ErrorReason.SESSION_STATE,
              () ->
                  WorkspaceServiceGrpc.newBlockingStub(berth.channel())
                      .statFile(
                          StatFileRequest.newBuilder()
                              .setSessionId(active.getId())
                              .setPath("file")
                              .build()));
      assertThat(refusal).hasMessageContaining("activate it");

      Run run =
          runs()
              .createRun(
                  CreateRunRequest.newBuilder()
                      .setSessionId(active.getId())
                      .setSpec(RunSpec.newBuilder().addCommand("true"))
                      .build())
              .getRun();
      assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_QUEUED);
      assertThat(run.getPendingReason()).isEqualTo(PendingReason.PENDING_REASON_PAUSED);
      assertThat(run.getPendingMessage()).contains("activate it");
      Session still = sessions.stop(stopped, false);
      assertThat(still.getState()).isEqualTo(SessionState.SESSION_STATE_STOPPED);
      assertThat(still.getWorkerGeneration()).isEqualTo(1);

      sessions.activate(stopped);
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> get(run).getState() == RunState.RUN_STATE_STARTING);
      assertThat(agent.received()).anyMatch(order -> order.hasStartRun());
    }
  }

  private static Run get(Run run) {
    return runs().getRun(GetRunRequest.newBuilder().setRunId(run.getId()).build()).getRun();
  }

  private static RunServiceBlockingStub runs() {
    return RunServiceGrpc.newBlockingStub(berth.channel());
  }
}
