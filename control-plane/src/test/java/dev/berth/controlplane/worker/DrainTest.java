package dev.berth.controlplane.worker;

import static dev.berth.controlplane.testsupport.SessionClient.id;
import static dev.berth.controlplane.testsupport.Statuses.refused;
import static dev.berth.sql.db.Tables.RUN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.berth.common.Id.RunId;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.run.EndReason;
import dev.berth.controlplane.run.SettlementService;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.Failures;
import dev.berth.controlplane.testsupport.ScriptedAgent;
import dev.berth.controlplane.testsupport.SessionClient;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.v1.CordonExecutorRequest;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.DeleteExecutorRequest;
import dev.berth.v1.DrainExecutorRequest;
import dev.berth.v1.Executor;
import dev.berth.v1.ExecutorServiceGrpc;
import dev.berth.v1.ExecutorServiceGrpc.ExecutorServiceBlockingStub;
import dev.berth.v1.ExecutorState;
import dev.berth.v1.GetExecutorRequest;
import dev.berth.v1.ListExecutorsRequest;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.RunSpec;
import dev.berth.v1.Session;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.SessionState;
import dev.berth.v1.UncordonExecutorRequest;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Hosts that are taken out of service: nothing new, then nothing at all, then gone. */
final class DrainTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private BerthServer berth;
  private SessionClient sessions;
  private ScriptedAgent old;
  private ScriptedAgent fresh;

  @BeforeEach
  void start() {
    berth = BerthServer.create().start();
    sessions = new SessionClient(berth);
    old = ScriptedAgent.enrol(berth, "old").connect();
    fresh = ScriptedAgent.enrol(berth, "fresh");
  }

  @AfterEach
  void stop() {
    old.close();
    fresh.close();
    berth.close();
  }

  @Test
  void cordoned_getsNothingNew_keepsWhatItHas_andUncordonTakesItBack() {
    Session there = sessions.active();
    assertThat(cordon().getState()).isEqualTo(ExecutorState.EXECUTOR_STATE_CORDONED);
    assertThat(cordon().getState()).isEqualTo(ExecutorState.EXECUTOR_STATE_CORDONED);
    Session waiting = sessions.wished(SessionSpec.getDefaultInstance());
    Session why = sessions.await(waiting, s -> s.getStateReason().equals("NO_EXECUTOR"));
    assertThat(why.getStateMessage()).contains("old");
    assertThat(sessions.get(there).getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVE);
    Executor back =
        executors()
            .uncordonExecutor(
                UncordonExecutorRequest.newBuilder().setExecutorId(old.id().toString()).build())
            .getExecutor();
    assertThat(back.getState()).isEqualTo(ExecutorState.EXECUTOR_STATE_ACTIVE);
    sessions.await(waiting, s -> s.getState() == SessionState.SESSION_STATE_ACTIVE);
  }

  @Test
  void drained_movesIdleSessionsNow_andBusyOnesWhenTheirRunHasEnded() {
    Session idle = sessions.active();
    sessions.dirty(idle);
    Session busy = sessions.active();
    RunId run = run(busy);
    RunId next = create(busy);
    fresh.connect();

    assertThat(drain().getState()).isEqualTo(ExecutorState.EXECUTOR_STATE_DRAINING);
    Session moved = awaitOn(fresh, idle);
    assertThat(moved.getWorkerGeneration()).isEqualTo(2);
    assertThat(moved.getUnsavedWork()).isFalse();
    assertThat(sessions.events(idle))
        .filteredOn(event -> event.getType().equals("session.stopping"))
        .extracting(event -> event.getAttributes().getFieldsOrThrow("reason").getStringValue())
        .containsExactly("EXECUTOR_DRAINING");
    await().atMost(PATIENCE).until(() -> !old.holds(id(idle)));
    Executor halfway = get();
    assertThat(halfway.getState()).isEqualTo(ExecutorState.EXECUTOR_STATE_DRAINING);
    assertThat(halfway.getUsed().getWorkers()).isEqualTo(1);
    assertThat(halfway.getUnsavedCopies()).isEqualTo(1);
    assertThat(sessions.get(busy).getWorkerGeneration()).isEqualTo(1);

    end(run);
    awaitOn(fresh, busy);
    ConnectResponse started = fresh.awaitOrder(ConnectResponse::hasStartRun);
    assertThat(started.getStartRun().getRunId()).isEqualTo(next.toString());
    await().atMost(PATIENCE).until(() -> get().getState() == ExecutorState.EXECUTOR_STATE_DRAINED);
    assertThat(drain().getState()).isEqualTo(ExecutorState.EXECUTOR_STATE_DRAINED);
    assertThat(get().getUnsavedCopies()).isZero();
  }

  @Test
  void drainedWhileSavingFails_keepsTheWorker_untilItIsSaved() {
    Session session = sessions.active();
    sessions.dirty(session);
    fresh.connect();
    old.failSyncs(Failures.temporary("STORE_UNAVAILABLE"));
    drain();
    Session failing = sessions.await(session, s -> s.getSyncFailures() >= 2);
    assertThat(failing.getWorkerGeneration()).isEqualTo(1);
    assertThat(get().getUnsavedCopies()).isEqualTo(1);
    old.failSyncs(null);
    awaitOn(fresh, session);
  }

  @Test
  void delete_isRefusedWhileInUse_thenEndsLinkAndCredential_andFreesTheName() {
    Session session = sessions.active();
    refused(ErrorReason.EXECUTOR_IN_USE, () -> delete(false));
    sessions.dirty(session);
    refused(ErrorReason.UNSAVED_WORK, () -> delete(false));
    assertThat(sessions.stop(session, false).getUnsavedWork()).isFalse();

    assertThat(delete(false).getState()).isEqualTo(ExecutorState.EXECUTOR_STATE_DELETED);
    assertThat(delete(false).getState()).isEqualTo(ExecutorState.EXECUTOR_STATE_DELETED);
    assertThat(old.awaitEnd().isOk()).isFalse();
    assertThatThrownBy(old::connect).hasMessageContaining("UNAUTHENTICATED");
    assertThat(
            executors().listExecutors(ListExecutorsRequest.getDefaultInstance()).getExecutorsList())
        .extracting(Executor::getName)
        .containsExactly("fresh");
    assertThat(get().getState()).isEqualTo(ExecutorState.EXECUTOR_STATE_DELETED);
    refused(ErrorReason.EXECUTOR_STATE, this::drain);
    try (ScriptedAgent again = ScriptedAgent.enrol(berth, "old").connect()) {
      awaitOn(again, sessions.activate(session));
    }
  }

  @Test
  void deletedByForce_itsSessionsGoOnElsewhere_andHistorySaysWhatIsLost() {
    Session session = sessions.active();
    sessions.dirty(session);
    fresh.connect();
    assertThat(delete(true).getState()).isEqualTo(ExecutorState.EXECUTOR_STATE_DELETED);
    awaitOn(fresh, session);
    assertThat(sessions.history(session)).contains("worker.lost", "copy.abandoned");
  }

  private Session awaitOn(ScriptedAgent agent, Session session) {
    return sessions.await(
        session,
        s ->
            s.getState() == SessionState.SESSION_STATE_ACTIVE
                && sessions.workers(s, false).stream()
                    .anyMatch(worker ->
                        worker.getId().equals(s.getWorkerId())
                            && worker.getExecutorId().equals(agent.id().toString())));
  }

  private RunId create(Session session) {
    return RunId.parse(
        RunServiceGrpc.newBlockingStub(berth.channel())
            .createRun(
                CreateRunRequest.newBuilder()
                    .setSessionId(session.getId())
                    .setSpec(RunSpec.newBuilder().addCommand("true"))
                    .build())
            .getRun()
            .getId());
  }

  /** A run under way on the old executor. */
  private RunId run(Session session) {
    RunId run = create(session);
    ConnectResponse started = old.awaitOrder(ConnectResponse::hasStartRun);
    assertThat(started.getStartRun().getRunId()).isEqualTo(run.toString());
    return run;
  }

  private void end(RunId run) {
    var attempt =
        berth.sql().select(RUN.ATTEMPT_ID).from(RUN).where(RUN.ID.eq(run)).fetchSingle().value1();
    boolean settled =
        berth
            .bean(SettlementService.class)
            .settleLost(run, attempt, EndReason.EXIT_CODE, "as the test wants");
    assertThat(settled).isTrue();
  }

  private Executor get() {
    return executors()
        .getExecutor(GetExecutorRequest.newBuilder().setExecutorId(old.id().toString()).build())
        .getExecutor();
  }

  private Executor cordon() {
    return executors()
        .cordonExecutor(
            CordonExecutorRequest.newBuilder().setExecutorId(old.id().toString()).build())
        .getExecutor();
  }

  private Executor drain() {
    return executors()
        .drainExecutor(DrainExecutorRequest.newBuilder().setExecutorId(old.id().toString()).build())
        .getExecutor();
  }

  private Executor delete(boolean force) {
    return executors()
        .deleteExecutor(
            DeleteExecutorRequest.newBuilder()
                .setExecutorId(old.id().toString())
                .setForce(force)
                .build())
        .getExecutor();
  }

  private ExecutorServiceBlockingStub executors() {
    return ExecutorServiceGrpc.newBlockingStub(berth.channel());
  }
}
