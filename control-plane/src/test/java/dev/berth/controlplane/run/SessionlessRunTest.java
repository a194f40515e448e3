package dev.berth.controlplane.run;

import static dev.berth.controlplane.run.SessionlessPeer.begun;
import static dev.berth.controlplane.run.SessionlessPeer.ended;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.berth.common.Id.ExecutorId;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.Statuses;
import dev.berth.executor.v1.AttemptEnd.Outcome;
import dev.berth.executor.v1.StartRun;
import dev.berth.v1.CancelRunRequest;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.EndReason;
import dev.berth.v1.ListRunAttemptsRequest;
import dev.berth.v1.PauseQueueRequest;
import dev.berth.v1.PendingReason;
import dev.berth.v1.QueueKey;
import dev.berth.v1.QueueSpec;
import dev.berth.v1.RedriveRunsRequest;
import dev.berth.v1.ResumeQueueRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunSpec;
import dev.berth.v1.RunState;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Runs of a provider that needs no worker, from their making to their end. */
final class SessionlessRunTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final RunFixture fixture = new RunFixture(berth);
  private final List<SessionlessPeer> peers = new ArrayList<>();
  private final ExecutorId executor = fixture.executor();

  @AfterEach
  void nothingIsLeft() {
    peers.forEach(SessionlessPeer::close);
    berth.sql().execute("update executor set expired = true, link_replica_id = null");
    int settled;
    do {
      settled = berth.bean(SettlementService.class).settleLostAttempts();
    } while (settled > 0);
    berth
        .sql()
        .execute(
            "update run set state = 'CANCELED', end_time = now(), end_reason = 'CANCELED' where end_time is null");
  }

  private SessionlessPeer connect(int atOnce) throws Exception {
    return connect(executor, atOnce, List.of());
  }

  private SessionlessPeer connect(ExecutorId id, int atOnce, List<StartRun> held) throws Exception {
    var peer = new SessionlessPeer(fixture.channel(id), id, atOnce, held);
    peers.add(peer);
    return peer;
  }

  private static RunSpec.Builder noop() {
    return RunSpec.newBuilder().setProvider("noop");
  }

  private Run create(RunSpec.Builder spec) {
    return fixture.stub().createRun(CreateRunRequest.newBuilder().setSpec(spec).build()).getRun();
  }

  private List<Run> create(int count) {
    List<Run> runs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      runs.add(create(noop()));
    }
    return runs;
  }

  private static List<String> ids(List<Run> runs) {
    return runs.stream().map(Run::getId).toList();
  }

  private static List<String> runs(List<StartRun> starts) {
    return starts.stream().map(StartRun::getRunId).toList();
  }

  private RunState state(Run run) {
    return fixture.get(run).getState();
  }

  @Test
  void itIsGivenToAnExecutorWithRoom_andSettledWithItsEvents() throws Exception {
    var peer = connect(8);
    Run run = create(noop().addCommand("0"));
    assertThat(run.getSessionId()).isEmpty();
    StartRun start = peer.start();
    assertThat(start.getRunId()).isEqualTo(run.getId());
    assertThat(start.getWorkerId()).isEmpty();
    assertThat(start.getProvider()).isEqualTo("noop");
    assertThat(start.getCommandList()).containsExactly("0");
    var answer = peer.succeed(List.of(start));

    assertThat(answer.getEndedList()).containsExactly(start.getAttemptId());
    Run ended = fixture.get(run);
    assertThat(ended.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    assertThat(ended.getExecutorId()).isEqualTo(executor.toString());
    assertThat(ended.getWorkerId()).isEmpty();
    assertThat(ended.hasStartTime()).isTrue();
    assertThat(fixture.types(run)).containsExactly("run.created", "run.started", "run.finished");
    var attempts =
        fixture
            .stub()
            .listRunAttempts(ListRunAttemptsRequest.newBuilder().setRunId(run.getId()).build())
            .getAttemptsList();
    assertThat(attempts).hasSize(1);
    assertThat(attempts.getFirst().getId()).isEqualTo(start.getAttemptId());
    assertThat(attempts.getFirst().getEnd().getReason()).isEqualTo(EndReason.END_REASON_COMPLETED);
  }

  @Test
  void aSessionIsNamed_exactlyWhereTheProviderNeedsAWorker() throws Exception {
    connect(1);
    var session = fixture.session().toString();
    var requests =
        List.of(
            CreateRunRequest.newBuilder().setSpec(RunFixture.echo()).build(),
            CreateRunRequest.newBuilder().setSpec(noop()).setSessionId(session).build());
    for (CreateRunRequest request : requests) {
      var refused =
          catchThrowableOfType(
              StatusRuntimeException.class, () -> fixture.stub().createRun(request));
      assertThat(Statuses.info(refused).orElseThrow().getReason()).isEqualTo("FIELD_INVALID");
      assertThat(refused).hasMessageContaining("target");
    }
    assertThat(refused(noop().addArtifacts("out/*"))).hasMessageContaining("spec.artifacts");
    assertThat(refused(noop().setInteractive(true))).hasMessageContaining("spec.interactive");
  }

  private StatusRuntimeException refused(RunSpec.Builder spec) {
    return catchThrowableOfType(StatusRuntimeException.class, () -> create(spec));
  }

  @Test
  void oneThatIsTooLateToStart_isPassedOver() throws Exception {
    var peer = connect(1);
    List<Run> runs = create(3);
    StartRun first = peer.start();
    String late = "update run set start_by = clock_timestamp() where id = ?";
    berth.sql().execute(late, RunFixture.id(runs.get(1)).value());
    assertThat(peer.succeed(List.of(first)).getEndedCount()).isEqualTo(1);
    assertThat(peer.start().getRunId()).isEqualTo(runs.get(2).getId());
    assertThat(state(runs.get(1))).isEqualTo(RunState.RUN_STATE_QUEUED);
  }

  @Test
  void asManyAreGivenAtOnceAsItTakes_andOthersSayWhyTheyWait() throws Exception {
    var peer = connect(2);
    List<Run> runs = create(5);
    List<StartRun> first = peer.starts(2);
    assertThat(runs(first)).isEqualTo(ids(runs.subList(0, 2)));
    Run waiting = fixture.get(runs.get(4));
    assertThat(waiting.getPendingReason()).isEqualTo(PendingReason.PENDING_REASON_NO_CAPACITY);
    assertThat(waiting.getPendingMessage()).contains("noop").contains("as many as it takes");
    peer.succeed(first);
    List<StartRun> second = peer.starts(2);
    assertThat(runs(second)).isEqualTo(ids(runs.subList(2, 4)));
    assertThat(peer.unexpected()).isEmpty();
    peer.close();
    berth.sql().execute("update executor set link_replica_id = null");
    Run lonely = fixture.get(runs.get(4));
    assertThat(lonely.getPendingReason()).isEqualTo(PendingReason.PENDING_REASON_NO_EXECUTOR);
  }

  @Test
  void anyNumberIsSettledInOneTransaction_eachWithItsEvents() throws Exception {
    var peer = connect(100);
    List<Run> runs = create(60);
    List<StartRun> starts = peer.starts(60);
    assertThat(peer.report(starts.stream().map(SessionlessPeer::begun).toList()).getBegunCount())
        .isEqualTo(60);
    assertThat(state(runs.getFirst())).isEqualTo(RunState.RUN_STATE_RUNNING);
    assertThat(peer.succeed(starts).getEndedCount()).isEqualTo(60);
    for (Run run : runs) {
      assertThat(fixture.types(run)).containsExactly("run.created", "run.started", "run.finished");
    }
    int transactions =
        berth
            .sql()
            .fetchSingle(
                "select count(distinct xmin::text)::int from run_attempt where run_id = any (?::uuid[])",
                (Object)
                    runs.stream().map(r -> RunFixture.id(r).value()).toArray(java.util.UUID[]::new))
            .get(0, Integer.class);
    assertThat(transactions).isEqualTo(1);
  }

  @Test
  void aReplayIsAnsweredAlike_andWhatIsStaleChangesNothing() throws Exception {
    var peer = connect(4);
    Run run = create(noop());
    StartRun start = peer.start();
    ExecutorId stranger = fixture.executor();
    var other = connect(stranger, 4, List.of());
    assertThat(other.succeed(List.of(start)).getStaleList()).containsExactly(start.getAttemptId());
    assertThat(state(run)).isEqualTo(RunState.RUN_STATE_STARTING);
    for (int i = 0; i < 2; i++) {
      assertThat(peer.succeed(List.of(start)).getEndedList()).containsExactly(start.getAttemptId());
    }
    assertThat(fixture.types(run)).containsExactly("run.created", "run.started", "run.finished");
  }

  @Test
  void whatFailsForAReasonToTryAgain_isTriedAgain_thenADeadLetterThatCanBeRedriven()
      throws Exception {
    var peer = connect(4);
    Run run = create(noop().setMaxAttempts(2));
    var lost = EndReason.END_REASON_START_UNKNOWN;
    assertThat(
            peer.report(List.of(ended(peer.start(), Outcome.OUTCOME_FAILED, lost))).getEndedCount())
        .isEqualTo(1);
    assertThat(fixture.get(run).getPendingReason())
        .isEqualTo(PendingReason.PENDING_REASON_NOT_BEFORE);
    berth
        .sql()
        .execute("update run set not_before = now() where id = ?", RunFixture.id(run).value());
    berth.bean(Waking.class).runOnce();
    StartRun second = peer.start();
    assertThat(second.getRunId()).isEqualTo(run.getId());
    peer.report(List.of(ended(second, Outcome.OUTCOME_FAILED, lost)));
    assertThat(fixture.get(run).hasDeadLetterTime()).isTrue();
    assertThat(fixture.types(run))
        .containsExactly(
            "run.created", "run.started", "run.retried", "run.started", "run.finished");
    Run again =
        fixture
            .stub()
            .redriveRuns(RedriveRunsRequest.newBuilder().addRunIds(run.getId()).build())
            .getRuns(0);
    assertThat(peer.start().getRunId()).isEqualTo(again.getId());
  }

  @Test
  void aCancelEndsOneThatWaitsAtOnce_andReachesTheExecutorOfOneUnderWay() throws Exception {
    var peer = connect(1);
    Run running = create(noop());
    StartRun start = peer.start();
    peer.report(List.of(begun(start)));
    Run waiting = create(noop());
    for (Run run : List.of(running, waiting)) {
      fixture.stub().cancelRun(CancelRunRequest.newBuilder().setRunId(run.getId()).build());
    }
    assertThat(state(waiting)).isEqualTo(RunState.RUN_STATE_CANCELED);
    assertThat(peer.stop().getAttemptId()).isEqualTo(start.getAttemptId());
    peer.report(List.of(ended(start, Outcome.OUTCOME_CANCELED, EndReason.END_REASON_CANCELED)));
    assertThat(state(running)).isEqualTo(RunState.RUN_STATE_CANCELED);
    assertThat(peer.unexpected()).isEmpty();
  }

  @Test
  void whatALostExecutorHad_isTriedAgain_andItsLateWordIsStale() throws Exception {
    var peer = connect(1);
    Run run = create(noop().setMaxAttempts(2));
    StartRun start = peer.start();
    berth.sql().execute("update executor set expired = true where id = ?", executor.value());
    assertThat(berth.bean(SettlementService.class).settleLostAttempts()).isEqualTo(1);
    assertThat(peer.succeed(List.of(start)).getStaleCount()).isEqualTo(1);
    assertThat(state(run)).isEqualTo(RunState.RUN_STATE_QUEUED);
  }

  @Test
  void onANewLink_whatWasNotToldIsTold_andWhatItHoldsIsItsStill() throws Exception {
    var before = connect(4);
    create(2);
    List<StartRun> starts = before.starts(2);
    before.close();
    var after = connect(executor, 4, starts.subList(0, 1));
    assertThat(after.welcome.getRunsList()).hasSize(1);
    assertThat(after.welcome.getRuns(0).getVerdictValue()).isEqualTo(1);
    assertThat(after.starts(2)).containsExactlyInAnyOrderElementsOf(starts);
    assertThat(after.succeed(starts).getEndedCount()).isEqualTo(2);
    assertThat(after.unexpected()).isEmpty();
  }

  @Test
  void theHighestPriorityGoesFirst_thenTheOldest_overQueues_butNoneOfOneThatIsPaused()
      throws Exception {
    connect(1).close();
    fixture.queue("beside", QueueSpec.getDefaultInstance());
    fixture.queue("paused", QueueSpec.getDefaultInstance());
    fixture.queues().pauseQueue(PauseQueueRequest.newBuilder().setQueue("paused").build());
    Run low = create(noop());
    Run high = inQueue("beside", noop().setPriority(5));
    Run never = inQueue("paused", noop().setPriority(9));
    Run later = create(noop());
    var peer = connect(1);
    for (Run expected : List.of(high, low, later)) {
      StartRun start = peer.start();
      assertThat(start.getRunId()).isEqualTo(expected.getId());
      peer.succeed(List.of(start));
    }
    fixture.queues().resumeQueue(ResumeQueueRequest.newBuilder().setQueue("paused").build());
    assertThat(peer.start().getRunId()).isEqualTo(never.getId());
  }

  private Run inQueue(String queue, RunSpec.Builder spec) {
    return fixture
        .stub()
        .createRun(CreateRunRequest.newBuilder().setSpec(spec).setQueue(queue).build())
        .getRun();
  }

  private Run ofTenant(String queue, String tenant) {
    return fixture
        .stub()
        .createRun(
            CreateRunRequest.newBuilder()
                .setSpec(noop())
                .setQueue(queue)
                .putLabels("tenant", tenant)
                .build())
        .getRun();
  }

  @Test
  void aQueuesBoundsHold_andItsKeysTakeTurns() throws Exception {
    fixture.queue(
        "narrow",
        QueueSpec.newBuilder()
            .setMaxConcurrency(2)
            .setKey(QueueKey.newBuilder().setField(QueueKey.Field.FIELD_LABEL).setLabel("tenant"))
            .setMaxConcurrencyPerKey(1)
            .build());
    var peer = connect(8);
    Run a1 = ofTenant("narrow", "a");
    Run a2 = ofTenant("narrow", "a");
    Run b1 = ofTenant("narrow", "b");
    fixture.dispatch();
    List<StartRun> first = peer.starts(2);
    assertThat(runs(first)).containsExactlyInAnyOrder(a1.getId(), b1.getId());
    assertThat(fixture.get(a2).getPendingReason())
        .isEqualTo(PendingReason.PENDING_REASON_KEY_LIMIT);
    assertThat(peer.unexpected()).isEmpty();
    peer.succeed(first);
    fixture.dispatch();
    assertThat(peer.start().getRunId()).isEqualTo(a2.getId());
  }

  @Test
  void noneIsGivenToAnExecutorOfAnotherProject() throws Exception {
    var peer = connect(8);
    berth
        .sql()
        .execute(
            "update executor set project_id = ? where id = ?",
            berth.project("other").value(),
            fixture.executor().value());
    Run foreign = create(noop());
    assertThat(peer.start().getRunId()).isEqualTo(foreign.getId());
    berth
        .sql()
        .execute(
            "update executor set project_id = ? where id = ?",
            berth.project("other").value(),
            executor.value());
    Run mine = create(noop());
    await().untilAsserted(() -> assertThat(state(mine)).isEqualTo(RunState.RUN_STATE_QUEUED));
    assertThat(peer.unexpected()).isEmpty();
  }

  @Test
  void twoReplicasFeedTheirExecutors_andEachRunIsGivenOnce() throws Exception {
    connect(1).close();
    create(120);
    try (BerthServer replica = berth.replica()) {
      ExecutorId second = fixture.executor();
      var one = connect(8);
      var two =
          new SessionlessPeer(
              replica.executorChannel(fixture.credential(second)), second, 8, List.of());
      List<String> given = new ArrayList<>();
      while (given.size() < 120) {
        for (var peer : List.of(one, two)) {
          int next = Math.min(4, 120 - given.size());
          if (next > 0 && !peer.unexpected().isEmpty()) {
            List<StartRun> starts = peer.starts(Math.min(next, peer.unexpected().size()));
            given.addAll(runs(starts));
            peer.succeed(starts);
          }
        }
      }
      assertThat(given).doesNotHaveDuplicates();
      assertThat(one.unexpected()).isEmpty();
      assertThat(two.unexpected()).isEmpty();
      two.close();
    }
  }
}
