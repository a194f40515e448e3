package dev.berth.controlplane.run;

import static dev.berth.sql.db.Tables.SESSION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.Statuses;
import dev.berth.v1.CancelRunRequest;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.ListRunAttemptsRequest;
import dev.berth.v1.ListRunsRequest;
import dev.berth.v1.ListRunsResponse;
import dev.berth.v1.RedriveRunsRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.RunState;
import dev.berth.v1.SessionSpec;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Runs whose attempts are used up, and how they are run again. */
final class DeadLettersTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final RunFixture fixture = new RunFixture(berth);
  private final ExecutorId executor = fixture.executor();

  @BeforeEach
  void noDeadLetters() {
    berth.sql().execute("update run set dead_lettered_at = null, redriven_as = null");
  }

  /** Loses each attempt of the run until none is left. */
  private Run dead(Run run) {
    Run now = fixture.get(run);
    while (!now.hasEnd()) {
      fixture.endBackoff(run);
      fixture.dispatch();
      now = fixture.get(run);
      assertThat(fixture.settleLost(now, EndReason.EXECUTOR_LOST)).isTrue();
      now = fixture.get(run);
    }
    return now;
  }

  private Run dead() {
    return dead(fixture.create(fixture.readySession(executor)));
  }

  private List<Run> redrive(String requestId, Run... runs) {
    var request = RedriveRunsRequest.newBuilder().setRequestId(requestId);
    for (Run run : runs) {
      request.addRunIds(run.getId());
    }
    return fixture.stub().redriveRuns(request.build()).getRunsList();
  }

  private List<String> deadLetters(String queue) {
    return fixture
        .stub()
        .listRuns(ListRunsRequest.newBuilder().setDeadLetters(true).setQueue(queue).build())
        .getRunsList()
        .stream()
        .map(Run::getId)
        .toList();
  }

  private static ErrorReason reason(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    var refused = catchThrowableOfType(StatusRuntimeException.class, call);
    return ErrorReason.valueOf(Statuses.info(refused).orElseThrow().getReason());
  }

  @Test
  void aRunThatKillsItsExecutorEachTime_endsDead_withEveryAttempt_andTheNextOfItsSessionGoesOn() {
    SessionId session = fixture.readySession(executor);
    Run poison = fixture.create(session, 3);
    Run next = fixture.create(session);
    Run over = dead(poison);
    assertThat(over.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
    assertThat(over.hasDeadLetterTime()).isTrue();
    assertThat(
            fixture
                .stub()
                .listRunAttempts(
                    ListRunAttemptsRequest.newBuilder().setRunId(poison.getId()).build())
                .getAttemptsList())
        .extracting(attempt -> attempt.getEnd().getReason().name())
        .containsExactly(
            "END_REASON_EXECUTOR_LOST", "END_REASON_EXECUTOR_LOST", "END_REASON_EXECUTOR_LOST");
    fixture.dispatch();
    assertThat(fixture.get(next).getState()).isEqualTo(RunState.RUN_STATE_STARTING);
    assertThat(deadLetters("")).containsExactly(poison.getId());
  }

  @Test
  void theOnlyAttemptLost_isADeadLetterToo_butNotWhereItWasCancelled() {
    Run lost = dead();
    Run cancelled = fixture.claimed(executor);
    assertThat(
            fixture
                .stub()
                .cancelRun(CancelRunRequest.newBuilder().setRunId(cancelled.getId()).build())
                .getRun()
                .hasCancelRequestTime())
        .isTrue();
    assertThat(dead(cancelled).getState()).isEqualTo(RunState.RUN_STATE_CANCELED);
    assertThat(deadLetters("default")).containsExactly(lost.getId());
  }

  @Test
  void theList_isPaged_newestFirst() {
    List<String> all = IntStream.range(0, 5).mapToObj(i -> dead().getId()).toList().reversed();
    List<String> seen = new ArrayList<>();
    var request = ListRunsRequest.newBuilder().setDeadLetters(true).setPageSize(2);
    ListRunsResponse page;
    do {
      page = fixture.stub().listRuns(request.build());
      page.getRunsList().forEach(run -> seen.add(run.getId()));
      request.setPageToken(page.getNextPageToken());
    } while (!page.getNextPageToken().isEmpty());
    assertThat(seen).isEqualTo(all);
  }

  @Test
  void redriving_makesANewRunOfTheSameSpec_andTheOldOneKeepsItsHistory() {
    SessionId session = fixture.readySession(executor);
    Run old =
        dead(
            fixture
                .stub()
                .createRun(
                    fixture.request(session).toBuilder()
                        .setName("nightly")
                        .putLabels("team", "a")
                        .setCorrelationId("c-1")
                        .build())
                .getRun());
    Run newer = redrive("", old).getFirst();
    assertThat(newer.getId()).isNotEqualTo(old.getId());
    assertThat(newer.getRedriveOf()).isEqualTo(old.getId());
    assertThat(newer.getState()).isEqualTo(RunState.RUN_STATE_QUEUED);
    assertThat(newer.getSpec()).isEqualTo(old.getSpec());
    assertThat(newer.getName()).isEqualTo("nightly");
    assertThat(newer.getLabelsMap()).containsEntry("team", "a");
    assertThat(newer.getLineage().getCorrelationId()).isEqualTo("c-1");
    assertThat(newer.getQueueId()).isEqualTo(old.getQueueId());
    assertThat(newer.getSessionId()).isEqualTo(old.getSessionId());

    Run after = fixture.get(old);
    assertThat(after.toBuilder().clearRedrivenAs().build()).isEqualTo(old);
    assertThat(after.getRedrivenAs()).isEqualTo(newer.getId());
    assertThat(deadLetters("")).isEmpty();
    assertThat(reason(() -> redrive("", old))).isEqualTo(ErrorReason.RUN_REDRIVEN);

    Run again = dead(newer);
    assertThat(deadLetters("")).containsExactly(again.getId());
    assertThat(redrive("", again).getFirst().getRedriveOf()).isEqualTo(newer.getId());
  }

  @Test
  void severalAreRedriven_allOrNone_andOnceForARequestId() {
    Run one = dead();
    Run two = dead();
    Run alive = fixture.create(fixture.session());
    assertThat(reason(() -> redrive("", one, alive))).isEqualTo(ErrorReason.RUN_STATE);
    assertThat(deadLetters("")).containsExactlyInAnyOrder(one.getId(), two.getId());

    var stranger = RunServiceGrpc.newBlockingStub(berth.channel(berth.otherKey()));
    assertThat(
            reason(() ->
                stranger.redriveRuns(
                    RedriveRunsRequest.newBuilder().addRunIds(one.getId()).build())))
        .isEqualTo(ErrorReason.RESOURCE_NOT_FOUND);

    List<Run> made = redrive("again", two, one);
    assertThat(made).extracting(Run::getRedriveOf).containsExactly(two.getId(), one.getId());
    assertThat(redrive("again", two, one)).isEqualTo(made);
    assertThat(deadLetters("")).isEmpty();
  }

  @Test
  void aRunThatWasGivenItsSession_isRedrivenInANewOne() {
    Run made =
        fixture
            .stub()
            .createRun(
                CreateRunRequest.newBuilder()
                    .setSessionSpec(SessionSpec.newBuilder().setImage("mine"))
                    .setSpec(RunFixture.echo())
                    .build())
            .getRun();
    SessionId session = SessionId.parse(made.getSessionId());
    assertThat(fixture.makeReady(session, executor)).isNotNull();
    Run old = dead(made);
    Run newer = redrive("", old).getFirst();
    assertThat(newer.getThrowawaySession()).isTrue();
    assertThat(newer.getSessionId()).isNotEqualTo(old.getSessionId());
    assertThat(
            berth
                .sql()
                .fetchValue(SESSION.IMAGE, SESSION.ID.eq(SessionId.parse(newer.getSessionId()))))
        .isEqualTo("mine");
  }

  @Test
  void redrivesThatRace_makeOneRun() throws Exception {
    Run old = dead();
    int made = 0;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<Integer> redrive =
          () -> {
            try {
              return redrive("", old).size();
            } catch (StatusRuntimeException e) {
              return Statuses.info(e).orElseThrow().getReason().equals("RUN_REDRIVEN") ? 0 : 100;
            }
          };
      for (Future<Integer> each : threads.invokeAll(java.util.Collections.nCopies(16, redrive))) {
        made += each.get();
      }
    }
    assertThat(made).isEqualTo(1);
  }
}
