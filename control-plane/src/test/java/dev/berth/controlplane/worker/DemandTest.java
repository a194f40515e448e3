package dev.berth.controlplane.worker;

import static dev.berth.controlplane.testsupport.SessionClient.id;
import static dev.berth.sql.db.Tables.COMMAND;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import dev.berth.common.Id.CommandId;
import dev.berth.common.Id.ReplicaId;
import dev.berth.common.Id.WorkerId;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.ScriptedAgent;
import dev.berth.controlplane.testsupport.SessionClient;
import dev.berth.controlplane.testsupport.World;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.RunSpec;
import dev.berth.v1.Session;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.SessionState;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who leaves where a session waits for room on a full executor of three workers. */
final class DemandTest {
  private BerthServer berth;
  private SessionClient sessions;
  private ScriptedAgent agent;

  @BeforeEach
  void start() {
    berth = BerthServer.create().with("berth.demand.idle", "0s").start();
    sessions = new SessionClient(berth);
    agent = ScriptedAgent.enrol(berth, "host").capacity(3, 3_000, 8L << 30).connect();
  }

  @AfterEach
  void stop() {
    agent.close();
    berth.close();
  }

  @Test
  void theLongestIdleSession_isSavedAndStopped_andNoOther() {
    List<Session> idle = List.of(sessions.active(), sessions.active(), sessions.active());
    Session longest = idle.getFirst();
    sessions.dirty(longest);

    Session waiting = sessions.active();

    assertThat(waiting.getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVE);
    berth.bean(DemandReconciler.class).runOnce();
    Session left = sessions.get(longest);
    assertThat(left.getState()).isEqualTo(SessionState.SESSION_STATE_STOPPED);
    assertThat(left.getUnsavedWork()).isFalse();
    assertThat(agent.holds(id(longest))).isTrue();
    assertThat(sessions.history(longest))
        .contains("session.evicted")
        .doesNotContain("session.idle");
    assertThat(idle.subList(1, 3))
        .extracting(session -> sessions.get(session).getState())
        .containsOnly(SessionState.SESSION_STATE_ACTIVE);
  }

  @Test
  void whoeverIsInUse_orShallNeverBeStoppedForIdleness_stays() {
    Session running = sessions.active();
    var run =
        RunServiceGrpc.newBlockingStub(berth.channel())
            .createRun(
                CreateRunRequest.newBuilder()
                    .setSessionId(running.getId())
                    .setSpec(RunSpec.newBuilder().addCommand("true"))
                    .build());
    assertThat(agent.awaitOrder(ConnectResponse::hasStartRun).getStartRun().getRunId())
        .isEqualTo(run.getRun().getId());
    Session transferring = sessions.active();
    CommandId relay = openRelay(transferring);
    Session never =
        sessions.active(
            SessionSpec.newBuilder().setIdleTimeout(Duration.getDefaultInstance()).build());

    Session waiting = sessions.wished(SessionSpec.getDefaultInstance());
    assertThat(sessions.await(waiting, s -> s.getStateReason().equals("NO_CAPACITY")).getState())
        .isEqualTo(SessionState.SESSION_STATE_ACTIVATING);
    berth.bean(DemandReconciler.class).runOnce();
    assertThat(List.of(running, transferring, never))
        .flatExtracting(sessions::history)
        .doesNotContain("session.evicted");

    int closed =
        berth
            .sql()
            .update(COMMAND)
            .set(COMMAND.DONE_TIME, Instant.EPOCH)
            .where(COMMAND.ID.eq(relay))
            .execute();
    assertThat(closed).isEqualTo(1);
    Session placed =
        sessions.await(waiting, s -> s.getState() == SessionState.SESSION_STATE_ACTIVE);
    assertThat(agent.holds(id(placed))).isTrue();
    assertThat(sessions.history(transferring)).contains("session.evicted");
  }

  private CommandId openRelay(Session session) {
    World world = new World(berth);
    var command = new CommandId(world.newId());
    berth
        .sql()
        .insertInto(COMMAND)
        .set(COMMAND.ID, command)
        .set(COMMAND.EXECUTOR_ID, agent.id())
        .set(COMMAND.SESSION_ID, id(session))
        .set(COMMAND.WORKER_ID, WorkerId.parse(session.getWorkerId()))
        .set(COMMAND.KIND, "OPEN_RELAY")
        .set(COMMAND.WRITES, false)
        .set(COMMAND.PAYLOAD, new byte[0])
        .set(COMMAND.REPLICA_ID, new ReplicaId(world.newId()))
        .set(COMMAND.EXPIRE_TIME, Instant.EPOCH.plusSeconds(1L << 32))
        .execute();
    return command;
  }
}
