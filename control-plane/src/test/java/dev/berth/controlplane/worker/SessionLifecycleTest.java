package dev.berth.controlplane.worker;

import static dev.berth.controlplane.testsupport.SessionClient.WAIT;
import static dev.berth.controlplane.testsupport.SessionClient.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.Failures;
import dev.berth.controlplane.testsupport.ScriptedAgent;
import dev.berth.controlplane.testsupport.SessionClient;
import dev.berth.controlplane.testsupport.Statuses;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.executor.v1.WorkerReport;
import dev.berth.v1.CancelRunRequest;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.DeleteSessionRequest;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.RunSpec;
import dev.berth.v1.RunState;
import dev.berth.v1.Session;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.SessionState;
import dev.berth.v1.StopSessionRequest;
import dev.berth.v1.WatchSessionRequest;
import dev.berth.v1.WatchSessionResponse;
import dev.berth.v1.Worker;
import dev.berth.v1.WorkerState;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The way of a session through its states, with an agent over the real link. */
final class SessionLifecycleTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create();

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
  void activate_makesAWorkerAndTheSessionActive() {
    Session session = sessions.active();
    assertThat(session.getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVE);
    assertThat(session.getObservedGeneration()).isEqualTo(session.getGeneration());
    assertThat(session.getWorkerGeneration()).isEqualTo(1);
    Worker worker = sessions.workers(session, false).getFirst();
    assertThat(worker.getId()).isEqualTo(session.getWorkerId());
    assertThat(worker.getState()).isEqualTo(WorkerState.WORKER_STATE_READY);
    assertThat(worker.getExecutorId()).isEqualTo(agent.id().toString());
  }

  @Test
  void stop_savesAndStops_andTheNextActivationIsANewWorkerOnTheSameCopy() {
    Session session = sessions.active();
    sessions.dirty(session);
    Session stopped = sessions.stop(session, false);
    assertThat(stopped.getState()).isEqualTo(SessionState.SESSION_STATE_STOPPED);
    assertThat(stopped.getUnsavedWork()).isFalse();
    assertThat(agent.holds(id(session))).isTrue();
    Session again = sessions.activate(session);
    assertThat(again.getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVE);
    assertThat(again.getWorkerGeneration()).isEqualTo(2);
  }

  @Test
  void stop_whileSavingFails_keepsTheWorkerAndSaysWhy_andEndsOnceSavingWorks() {
    Session session = sessions.active();
    sessions.dirty(session);
    agent.failSyncs(Failures.temporary("STORE_UNAVAILABLE"));
    stopWithoutWaiting(session);
    Session failing = sessions.await(session, s -> s.getSyncFailures() >= 2);
    assertThat(failing.getSyncError()).contains("STORE_UNAVAILABLE");
    assertThat(failing.getUnsavedWork()).isTrue();
    assertThat(failing.getWorkerId()).isEqualTo(session.getWorkerId());
    assertThat(failing.getState())
        .isIn(SessionState.SESSION_STATE_ACTIVE, SessionState.SESSION_STATE_STOPPING);
    agent.failSyncs(null);
    Session stopped =
        sessions.await(session, s -> s.getState() == SessionState.SESSION_STATE_STOPPED);
    assertThat(stopped.getUnsavedWork()).isFalse();
    assertThat(stopped.getSyncFailures()).isZero();
    assertThat(sessions.history(session)).contains("copy.sync_failed", "session.stopped");
  }

  @Test
  void stop_forcedWhileSavingFails_stops_keepsTheUnsavedFiles_andTheNextStopSavesThem() {
    Session session = sessions.active();
    sessions.dirty(session);
    agent.failSyncs(Failures.temporary("STORE_UNAVAILABLE"));
    stopWithoutWaiting(session);
    sessions.await(session, s -> s.getSyncFailures() >= 1);
    Session forced = stopForced(session, false);
    assertThat(forced.getState()).isEqualTo(SessionState.SESSION_STATE_STOPPED);
    assertThat(forced.getUnsavedWork()).isTrue();
    assertThat(agent.holds(id(session))).isTrue();
    agent.failSyncs(null);
    sessions.activate(session);
    assertThat(sessions.stop(session, false).getUnsavedWork()).isFalse();
  }

  @Test
  void stop_forcedWithRemoveCopy_losesWhatNoSnapshotHas_andSaysWhoWantedThat() {
    Session session = sessions.active();
    sessions.dirty(session);
    agent.failSyncs(Failures.temporary("STORE_UNAVAILABLE"));
    Session forced = stopForced(session, true);
    agent.failSyncs(null);
    assertThat(forced.getState()).isEqualTo(SessionState.SESSION_STATE_STOPPED);
    assertThat(forced.getUnsavedWork()).isFalse();
    assertThat(agent.holds(id(session))).isFalse();
    var wished =
        sessions.events(session).stream()
            .filter(event -> event.getType().equals("session.wished"))
            .toList()
            .getLast();
    assertThat(wished.getAttributes().getFieldsOrThrow("force").getBoolValue()).isTrue();
    assertThat(wished.getActor().getKind()).isEqualTo(dev.berth.v1.Actor.Kind.KIND_KEY);
  }

  private Session stopForced(Session session, boolean removeCopy) {
    return sessions
        .stub()
        .stopSession(
            StopSessionRequest.newBuilder()
                .setSessionId(session.getId())
                .setForce(true)
                .setRemoveCopy(removeCopy)
                .setWait(WAIT)
                .build())
        .getSession();
  }

  @Test
  void stop_whileARunIsQueuedOrUnderWay_isRefused_andChangesNothing() {
    Session session = sessions.active();
    var runs = RunServiceGrpc.newBlockingStub(berth.channel());
    var request =
        CreateRunRequest.newBuilder()
            .setSessionId(session.getId())
            .setSpec(RunSpec.newBuilder().addCommand("true"))
            .build();
    String underWay = runs.createRun(request).getRun().getId();
    assertThat(agent.awaitOrder(ConnectResponse::hasStartRun).getStartRun().getRunId())
        .isEqualTo(underWay);
    StatusRuntimeException refusal =
        Statuses.refused(ErrorReason.SESSION_STATE, () -> sessions.stop(session, false));
    assertThat(Statuses.info(refusal).orElseThrow().getMetadataMap())
        .containsEntry("state", "ACTIVE");
    Session now = sessions.get(session);
    assertThat(now.getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVE);
    assertThat(now.getGeneration()).isEqualTo(session.getGeneration());

    Session asleep = sessions.stop(sessions.active(), false);
    agent.holdEnsures(true);
    String queued =
        runs.createRun(request.toBuilder().setSessionId(asleep.getId()).build()).getRun().getId();
    Statuses.refused(ErrorReason.SESSION_STATE, () -> sessions.stop(asleep, false));
    var cancelled = runs.cancelRun(CancelRunRequest.newBuilder().setRunId(queued).build());
    assertThat(cancelled.getRun().getState()).isEqualTo(RunState.RUN_STATE_CANCELED);
    assertThat(sessions.stop(asleep, false).getState())
        .isEqualTo(SessionState.SESSION_STATE_STOPPED);
  }

  @Test
  void wishedActiveWhileSavingFails_goesOnWithTheSameWorker() {
    Session session = sessions.active();
    sessions.dirty(session);
    agent.failSyncs(Failures.temporary("STORE_UNAVAILABLE"));
    stopWithoutWaiting(session);
    Session failing = sessions.await(session, s -> s.getSyncFailures() >= 1);
    assertThat(failing.getUnsavedWork()).isTrue();
    Session again = sessions.activate(session);
    assertThat(again.getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVE);
    assertThat(again.getWorkerId()).isEqualTo(session.getWorkerId());
    agent.failSyncs(null);
  }

  @Test
  void stop_withRemoveCopy_removesContainerAndDisk() {
    Session session = sessions.active();
    sessions.dirty(session);
    Session stopped = sessions.stop(session, true);
    assertThat(stopped.getState()).isEqualTo(SessionState.SESSION_STATE_STOPPED);
    assertThat(stopped.getObservedGeneration()).isEqualTo(stopped.getGeneration());
    assertThat(agent.holds(id(session))).isFalse();
    assertThat(sessions.workers(session, false)).isEmpty();
  }

  @Test
  void containerVanished_isReplacedOnTheExecutorOfTheDirtyCopy() {
    Session session = sessions.active();
    sessions.dirty(session);
    agent.containerIs(WorkerReport.State.STATE_LOST, id(session));
    Session again =
        sessions.await(
            session,
            s -> s.getWorkerGeneration() == 2 && s.getState() == SessionState.SESSION_STATE_ACTIVE);
    assertThat(again.getUnsavedWork()).isTrue();
    assertThat(sessions.history(session)).contains("worker.lost");
  }

  @Test
  void containerAndDiskVanished_isReplaced_andHistorySaysWhatMayBeLost() {
    Session session = sessions.active();
    sessions.dirty(session);
    agent.loseCopy(id(session));
    agent.containerIs(WorkerReport.State.STATE_LOST, id(session));
    Session again =
        sessions.await(
            session,
            s -> s.getWorkerGeneration() == 2 && s.getState() == SessionState.SESSION_STATE_ACTIVE);
    assertThat(again.getUnsavedWork()).isFalse();
    assertThat(sessions.history(session)).contains("copy.missing");
  }

  @Test
  void diskVanishedUnseen_historySaysWhatMayBeLost_onceTheNextWorkerIsMade() {
    Session session = sessions.active();
    sessions.dirty(session);
    agent.loseCopyUnseen(id(session));
    agent.containerIs(WorkerReport.State.STATE_LOST, id(session));
    Session again =
        sessions.await(
            session,
            s -> s.getWorkerGeneration() == 2 && s.getState() == SessionState.SESSION_STATE_ACTIVE);
    assertThat(again.getUnsavedWork()).isFalse();
    assertThat(sessions.history(session))
        .containsSubsequence("worker.lost", "copy.missing", "worker.ready");
    sessions.stop(again, false);
    agent.cut();
    agent.connect();
    assertThat(sessions.activate(again).getWorkerGeneration()).isEqualTo(3);
    assertThat(sessions.history(session)).containsOnlyOnce("copy.missing");
  }

  @Test
  void permanentFailure_endsStoppedWithTheReason() {
    agent.failEnsures(Failures.permanent("IMAGE_NOT_FOUND"));
    Session session = sessions.active();
    assertThat(session.getState()).isEqualTo(SessionState.SESSION_STATE_STOPPED);
    assertThat(session.getStateReason()).isEqualTo("IMAGE_NOT_FOUND");
    assertThat(session.getObservedGeneration()).isEqualTo(session.getGeneration());
  }

  @Test
  void temporaryFailure_isTriedAgain() {
    agent.failEnsures(Failures.temporary("ENGINE_BUSY"));
    Session session = sessions.wished(SessionSpec.getDefaultInstance());
    Session failing = sessions.await(session, s -> s.getStateReason().equals("ENGINE_BUSY"));
    assertThat(failing.getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVATING);
    agent.failEnsures(null);
    Session active =
        sessions.await(session, s -> s.getState() == SessionState.SESSION_STATE_ACTIVE);
    assertThat(active.getStateReason()).isEmpty();
    assertThat(active.getWorkerGeneration()).isGreaterThan(1);
  }

  @Test
  void delete_removesWorkerAndDisk_andEndsTheWatch() {
    Session session = sessions.active();
    Iterator<WatchSessionResponse> watch =
        sessions
            .stub()
            .watchSession(WatchSessionRequest.newBuilder().setSessionId(session.getId()).build());
    assertThat(watch.next().getSession().getId()).isEqualTo(session.getId());
    Session deleted = delete(session, false);
    assertThat(deleted.getState()).isEqualTo(SessionState.SESSION_STATE_DELETED);
    List<String> types = new ArrayList<>();
    watch.forEachRemaining(answer -> answer.getEventsList().forEach(e -> types.add(e.getType())));
    assertThat(types)
        .containsSubsequence(
            "session.created",
            "session.activating",
            "session.active",
            "session.deleting",
            "session.deleted");
    await().untilAsserted(() -> assertThat(agent.holds(id(session))).isFalse());
  }

  @Test
  void delete_withUnsavedWork_isRefusedUnlessForced() {
    Session session = sessions.active();
    sessions.dirty(session);
    assertThatThrownBy(() -> delete(session, false)).hasMessageContaining("FAILED_PRECONDITION");
    assertThat(sessions.get(session).getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVE);
    assertThat(delete(session, true).getState()).isEqualTo(SessionState.SESSION_STATE_DELETED);
  }

  @Test
  void staleReport_changesNothing() {
    Session session = sessions.active();
    Session moved = sessions.stop(session, false);
    Session again = sessions.activate(moved);
    agent.say(
        dev.berth.executor.v1.ConnectRequest.newBuilder()
            .setWorker(
                dev.berth.executor.v1.WorkerReport.newBuilder()
                    .setWorkerId(again.getWorkerId())
                    .setSessionId(session.getId())
                    .setGeneration(1)
                    .setState(dev.berth.executor.v1.WorkerReport.State.STATE_LOST))
            .build());
    Session other = sessions.active();
    assertThat(other.getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVE);
    assertThat(sessions.get(session).getWorkerId()).isEqualTo(again.getWorkerId());
    assertThat(sessions.get(session).getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVE);
    assertThat(agent.received()).anyMatch(ConnectResponse::hasEnsureWorker);
  }

  private void stopWithoutWaiting(Session session) {
    Session wished =
        sessions
            .stub()
            .stopSession(StopSessionRequest.newBuilder().setSessionId(session.getId()).build())
            .getSession();
    assertThat(wished.getGeneration()).isGreaterThan(session.getGeneration());
  }

  private Session delete(Session session, boolean force) {
    return sessions
        .stub()
        .deleteSession(
            DeleteSessionRequest.newBuilder()
                .setSessionId(session.getId())
                .setForce(force)
                .setWait(WAIT)
                .build())
        .getSession();
  }
}
