package dev.berth.controlplane.worker;

import static dev.berth.sql.db.Tables.COPY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.ScriptedAgent;
import dev.berth.executor.v1.Failure;
import dev.berth.v1.ActivateSessionRequest;
import dev.berth.v1.CreateSessionRequest;
import dev.berth.v1.DeleteSessionRequest;
import dev.berth.v1.ExecutorServiceGrpc;
import dev.berth.v1.GetSessionRequest;
import dev.berth.v1.ListWorkersRequest;
import dev.berth.v1.Session;
import dev.berth.v1.SessionServiceGrpc;
import dev.berth.v1.SessionServiceGrpc.SessionServiceBlockingStub;
import dev.berth.v1.SessionState;
import dev.berth.v1.StopSessionRequest;
import dev.berth.v1.Worker;
import dev.berth.v1.WorkerState;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The way of a session through its states, with an agent over the real link. */
final class SessionLifecycleTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create();
  private static final com.google.protobuf.Duration WAIT =
      com.google.protobuf.Duration.newBuilder().setSeconds(20).build();

  private ScriptedAgent agent;
  private SessionServiceBlockingStub sessions;

  @BeforeEach
  void connect() {
    agent = ScriptedAgent.enrol(berth, "host").connect();
    sessions = SessionServiceGrpc.newBlockingStub(berth.channel());
  }

  @AfterEach
  void disconnect() {
    agent.close();
  }

  @Test
  void activate_makesAWorkerAndTheSessionActive() {
    Session session = create();
    assertThat(session.getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVE);
    assertThat(session.getObservedGeneration()).isEqualTo(session.getGeneration());
    assertThat(session.getWorkerGeneration()).isEqualTo(1);
    Worker worker = workers(session).getFirst();
    assertThat(worker.getId()).isEqualTo(session.getWorkerId());
    assertThat(worker.getState()).isEqualTo(WorkerState.WORKER_STATE_READY);
    assertThat(worker.getExecutorId()).isEqualTo(agent.id().toString());
  }

  @Test
  void stop_savesAndStops_andTheNextActivationIsANewWorkerOnTheSameCopy() {
    Session session = create();
    dirty(session);
    Session stopped = stop(session, false);
    assertThat(stopped.getState()).isEqualTo(SessionState.SESSION_STATE_STOPPED);
    assertThat(stopped.getUnsavedWork()).isFalse();
    assertThat(agent.holds(id(session))).isTrue();
    Session again =
        sessions
            .activateSession(
                ActivateSessionRequest.newBuilder()
                    .setSessionId(session.getId())
                    .setWait(WAIT)
                    .build())
            .getSession();
    assertThat(again.getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVE);
    assertThat(again.getWorkerGeneration()).isEqualTo(2);
  }

  @Test
  void stop_whileSavingFails_keepsTheWorkerAndSaysWhy_andEndsOnceSavingWorks() {
    Session session = create();
    dirty(session);
    agent.failSyncs(ScriptedAgent.failure(Failure.Class.CLASS_TEMPORARY, "STORE_UNAVAILABLE"));
    sessions.stopSession(StopSessionRequest.newBuilder().setSessionId(session.getId()).build());
    Session failing = awaitSession(session, s -> s.getSyncFailures() >= 2);
    assertThat(failing.getSyncError()).contains("STORE_UNAVAILABLE");
    assertThat(failing.getUnsavedWork()).isTrue();
    assertThat(failing.getWorkerId()).isEqualTo(session.getWorkerId());
    assertThat(failing.getState())
        .isIn(SessionState.SESSION_STATE_ACTIVE, SessionState.SESSION_STATE_STOPPING);
    agent.failSyncs(null);
    Session stopped =
        awaitSession(session, s -> s.getState() == SessionState.SESSION_STATE_STOPPED);
    assertThat(stopped.getUnsavedWork()).isFalse();
    assertThat(stopped.getSyncFailures()).isZero();
  }

  @Test
  void stop_withRemoveCopy_removesContainerAndDisk() {
    Session session = create();
    dirty(session);
    Session stopped = stop(session, true);
    assertThat(stopped.getState()).isEqualTo(SessionState.SESSION_STATE_STOPPED);
    assertThat(stopped.getObservedGeneration()).isEqualTo(stopped.getGeneration());
    assertThat(agent.holds(id(session))).isFalse();
    assertThat(workers(session)).isEmpty();
  }

  @Test
  void containerVanished_isReplacedOnTheExecutorOfTheDirtyCopy() {
    Session session = create();
    dirty(session);
    agent.loseContainer(id(session));
    Session again =
        awaitSession(
            session,
            s -> s.getWorkerGeneration() == 2 && s.getState() == SessionState.SESSION_STATE_ACTIVE);
    assertThat(again.getUnsavedWork()).isTrue();
  }

  @Test
  void permanentFailure_endsStoppedWithTheReason() {
    agent.failEnsures(ScriptedAgent.failure(Failure.Class.CLASS_PERMANENT, "IMAGE_NOT_FOUND"));
    Session session = create();
    assertThat(session.getState()).isEqualTo(SessionState.SESSION_STATE_STOPPED);
    assertThat(session.getStateReason()).isEqualTo("IMAGE_NOT_FOUND");
    assertThat(session.getObservedGeneration()).isEqualTo(session.getGeneration());
  }

  @Test
  void temporaryFailure_isTriedAgain() {
    agent.failEnsures(ScriptedAgent.failure(Failure.Class.CLASS_TEMPORARY, "ENGINE_BUSY"));
    Session session =
        sessions
            .createSession(CreateSessionRequest.newBuilder().setActivate(true).build())
            .getSession();
    Session failing = awaitSession(session, s -> s.getStateReason().equals("ENGINE_BUSY"));
    assertThat(failing.getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVATING);
    agent.failEnsures(null);
    Session active = awaitSession(session, s -> s.getState() == SessionState.SESSION_STATE_ACTIVE);
    assertThat(active.getStateReason()).isEmpty();
    assertThat(active.getWorkerGeneration()).isGreaterThan(1);
  }

  @Test
  void delete_removesWorkerAndDisk() {
    Session session = create();
    Session deleted =
        sessions
            .deleteSession(
                DeleteSessionRequest.newBuilder()
                    .setSessionId(session.getId())
                    .setWait(WAIT)
                    .build())
            .getSession();
    assertThat(deleted.getState()).isEqualTo(SessionState.SESSION_STATE_DELETED);
    await().untilAsserted(() -> assertThat(agent.holds(id(session))).isFalse());
  }

  private Session create() {
    return sessions
        .createSession(CreateSessionRequest.newBuilder().setActivate(true).setWait(WAIT).build())
        .getSession();
  }

  private Session stop(Session session, boolean removeCopy) {
    return sessions
        .stopSession(
            StopSessionRequest.newBuilder()
                .setSessionId(session.getId())
                .setRemoveCopy(removeCopy)
                .setWait(WAIT)
                .build())
        .getSession();
  }

  private Session awaitSession(Session session, Predicate<Session> wanted) {
    return await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () ->
                sessions
                    .getSession(
                        GetSessionRequest.newBuilder().setSessionId(session.getId()).build())
                    .getSession(),
            wanted::test);
  }

  private List<Worker> workers(Session session) {
    return ExecutorServiceGrpc.newBlockingStub(berth.channel())
        .listWorkers(ListWorkersRequest.newBuilder().setSessionId(session.getId()).build())
        .getWorkersList();
  }

  /** What a claim or a write does before anything is written. */
  private static void dirty(Session session) {
    int rows =
        berth
            .sql()
            .update(COPY)
            .set(COPY.DIRTY, true)
            .set(COPY.DIRTY_VERSION, COPY.DIRTY_VERSION.plus(1))
            .where(COPY.SESSION_ID.eq(id(session)))
            .execute();
    assertThat(rows).isEqualTo(1);
  }

  private static SessionId id(Session session) {
    return SessionId.parse(session.getId());
  }
}
