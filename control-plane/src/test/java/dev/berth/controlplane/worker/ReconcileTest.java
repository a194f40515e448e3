package dev.berth.controlplane.worker;

import static dev.berth.controlplane.testsupport.SessionClient.id;
import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.ScriptedAgent;
import dev.berth.controlplane.testsupport.SessionClient;
import dev.berth.controlplane.testsupport.World;
import dev.berth.executor.v1.ConnectRequest;
import dev.berth.executor.v1.WorkerOrder;
import dev.berth.executor.v1.WorkerReport;
import dev.berth.v1.Session;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.SessionState;
import dev.berth.v1.Worker;
import dev.berth.v1.WorkerState;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What rows say against what executors have, where the two differ. */
final class ReconcileTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create();

  private final World world = new World(berth);
  private ScriptedAgent agent;
  private SessionClient sessions;

  @BeforeEach
  void connect() {
    agent = ScriptedAgent.enrol(berth, "host").connect();
    sessions = new SessionClient(berth);
  }

  @AfterEach
  void disconnect() {
    agent.close();
  }

  @Test
  void workersThatNoRowKnows_andThoseANewerOneReplaced_areRemoved_theNewestIsAdopted() {
    Session session = sessions.active();
    String first = session.getWorkerId();
    assertThat(sessions.stop(session, false).getWorkerId()).isEmpty();
    Session second = sessions.activate(session);
    String unknown = new WorkerId(world.newId()).toString();

    agent.cut();
    agent.hold(ready(first, session.getId(), 1));
    agent.hold(ready(unknown, new SessionId(world.newId()).toString(), 1));
    agent.connect();

    Map<String, WorkerOrder.Verdict> verdicts =
        agent.welcome().getWorkersList().stream()
            .collect(Collectors.toMap(WorkerOrder::getWorkerId, WorkerOrder::getVerdict));
    assertThat(verdicts)
        .containsEntry(first, WorkerOrder.Verdict.VERDICT_REMOVE)
        .containsEntry(unknown, WorkerOrder.Verdict.VERDICT_REMOVE)
        .containsEntry(second.getWorkerId(), WorkerOrder.Verdict.VERDICT_ADOPT);
    assertThat(sessions.get(session).getWorkerId()).isEqualTo(second.getWorkerId());
    assertThat(sessions.get(session).getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVE);
  }

  @Test
  void executorThatForgotEverything_activeSessionsGetANewWorker_andHistorySaysWhatIsLost() {
    Session active = sessions.active();
    sessions.dirty(active);
    Session stopped = sessions.stop(sessions.active(), false);

    agent.cut();
    agent.forgetAll();
    agent.connect();

    Session again =
        sessions.await(
            active,
            s -> s.getWorkerGeneration() == 2 && s.getState() == SessionState.SESSION_STATE_ACTIVE);
    assertThat(again.getUnsavedWork()).isFalse();
    assertThat(sessions.history(active)).contains("worker.lost", "copy.missing");
    assertThat(sessions.workers(stopped, false)).isEmpty();
    assertThat(sessions.get(stopped).getState()).isEqualTo(SessionState.SESSION_STATE_STOPPED);
    assertThat(sessions.activate(stopped).getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVE);
  }

  @Test
  void containerStoppedBehindOurBack_isReplacedOnTheSameFiles() {
    Session session = sessions.active();
    sessions.dirty(session);
    agent.containerIs(WorkerReport.State.STATE_STOPPED, id(session));
    Session again =
        sessions.await(
            session,
            s -> s.getWorkerGeneration() == 2 && s.getState() == SessionState.SESSION_STATE_ACTIVE);
    assertThat(again.getUnsavedWork()).isTrue();
    Worker before =
        sessions.workers(session, true).stream()
            .filter(worker -> worker.getGeneration() == 1)
            .findFirst()
            .orElseThrow();
    assertThat(before.getState()).isEqualTo(WorkerState.WORKER_STATE_REMOVED);
    assertThat(sessions.history(session))
        .contains("worker.lost")
        .doesNotContain("copy.missing", "copy.removing");
  }

  @Test
  void anotherExecutorsWordAboutAWorker_changesNothing() {
    Session session = sessions.active();
    try (ScriptedAgent other =
        ScriptedAgent.enrol(berth, "other").labels(Map.of("host", "other")).connect()) {
      other.say(
          ConnectRequest.newBuilder()
              .setWorker(
                  ready(session.getWorkerId(), session.getId(), 1).toBuilder()
                      .setState(WorkerReport.State.STATE_LOST))
              .build());
      Session afterwards =
          sessions.active(SessionSpec.newBuilder().putPlacementLabels("host", "other").build());
      assertThat(afterwards.getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVE);
    }
    assertThat(sessions.get(session).getWorkerId()).isEqualTo(session.getWorkerId());
    assertThat(sessions.get(session).getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVE);
    assertThat(sessions.history(session)).doesNotContain("worker.lost");
  }

  private static WorkerReport ready(String worker, String session, long generation) {
    return WorkerReport.newBuilder()
        .setWorkerId(worker)
        .setSessionId(session)
        .setGeneration(generation)
        .setState(WorkerReport.State.STATE_READY)
        .build();
  }
}
