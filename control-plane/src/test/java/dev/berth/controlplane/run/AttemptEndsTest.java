package dev.berth.controlplane.run;

import static dev.berth.controlplane.run.FakeExecutor.batch;
import static dev.berth.controlplane.run.FakeExecutor.ended;
import static dev.berth.controlplane.run.FakeExecutor.line;
import static dev.berth.controlplane.run.FakeExecutor.started;
import static dev.berth.controlplane.run.FakeExecutor.succeeded;
import static dev.berth.sql.db.Tables.EXECUTOR;
import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.common.Id.ExecutorId;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.executor.v1.AttemptEnd;
import dev.berth.executor.v1.PublishEventsResponse.Status;
import dev.berth.v1.CancelRunRequest;
import dev.berth.v1.EndReason;
import dev.berth.v1.Run;
import dev.berth.v1.RunState;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How attempts end that are lost, fail, or are cancelled meanwhile. */
final class AttemptEndsTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final RunFixture fixture = new RunFixture(berth);
  private final ExecutorId executor = fixture.executor();

  @Test
  void aLostAttempt_failsTheRun_onceWhoeverSettlesIt_andLateBatchesAreStale() throws Exception {
    Run run = fixture.claimed(executor);
    try (FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(started(run)).getStatus()).isEqualTo(Status.STATUS_OK);
      berth
          .sql()
          .update(EXECUTOR)
          .set(EXECUTOR.EXPIRED, true)
          .where(EXECUTOR.ID.eq(executor))
          .execute();
      berth.bean(StaleRuns.class).runOnce();
      berth.bean(StaleRuns.class).runOnce();
      Run lost = fixture.get(run);
      assertThat(lost.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
      assertThat(lost.getEnd().getReason()).isEqualTo(EndReason.END_REASON_EXECUTOR_LOST);
      assertThat(fixture.types(run)).containsExactly("run.created", "run.started", "run.finished");
      assertThat(peer.publish(batch(run, 1, 2, line("late"))).getStatus())
          .isEqualTo(Status.STATUS_STALE);
      assertThat(peer.publish(succeeded(run, 1)).getStatus()).isEqualTo(Status.STATUS_STALE);
    }
    assertThat(fixture.types(run)).containsExactly("run.created", "run.started", "run.finished");
  }

  @Test
  void aLostAttempt_isRetriedWhereAttemptsAreLeft_thenDeadLettered() throws Exception {
    Run run = fixture.create(fixture.readySession(executor), 2);
    for (int attempt = 1; attempt <= 2; attempt++) {
      fixture.endBackoff(run);
      fixture.dispatch();
      Run claimed = fixture.get(run);
      assertThat(claimed.getAttempt()).isEqualTo(attempt);
      assertThat(claimed.getState()).isEqualTo(RunState.RUN_STATE_STARTING);
      assertThat(fixture.settleLost(claimed, dev.berth.controlplane.run.EndReason.WORKER_LOST))
          .isTrue();
      if (attempt == 1) {
        Run queued = fixture.get(run);
        assertThat(queued.getState()).isEqualTo(RunState.RUN_STATE_QUEUED);
        assertThat(queued.getPendingReason())
            .isEqualTo(dev.berth.v1.PendingReason.PENDING_REASON_NOT_BEFORE);
        fixture.dispatch();
        assertThat(fixture.get(run).getState()).isEqualTo(RunState.RUN_STATE_QUEUED);
      }
    }
    Run over = fixture.get(run);
    assertThat(over.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
    assertThat(over.hasDeadLetterTime()).isTrue();
    assertThat(fixture.types(run)).containsExactly("run.created", "run.retried", "run.finished");
  }

  @Test
  void aWorkerThatIsLost_losesItsAttempt_onceItsExecutorHadTimeToSayMore() throws Exception {
    Run run = fixture.claimed(executor);
    loseWorker(run, "1 second");
    berth.bean(StaleRuns.class).runOnce();
    assertThat(fixture.get(run).getState()).isEqualTo(RunState.RUN_STATE_STARTING);
    loseWorker(run, "1 minute");
    berth.bean(StaleRuns.class).runOnce();
    assertThat(fixture.get(run).getEnd().getReason()).isEqualTo(EndReason.END_REASON_WORKER_LOST);
  }

  @Test
  void anAttemptWhoseWorkerWasLostBeforeItBegan_isNotCounted() throws Exception {
    Run run = fixture.claimed(executor);
    try (FakeExecutor peer = fixture.peer(executor)) {
      var lost = workerLost(run);
      assertThat(peer.publish(lost).getSettled()).isTrue();
      assertThat(fixture.get(run).getState()).isEqualTo(RunState.RUN_STATE_QUEUED);
      assertThat(fixture.get(run).getAttempt()).isZero();

      fixture.endBackoff(run);
      fixture.dispatch();
      Run again = fixture.get(run);
      assertThat(again.getAttempt()).isEqualTo(1);
      assertThat(peer.publish(lost).getStatus()).isEqualTo(Status.STATUS_STALE);
      assertThat(peer.publish(started(again)).getStatus()).isEqualTo(Status.STATUS_OK);
      assertThat(
              peer.publish(
                      ended(
                          again,
                          1,
                          AttemptEnd.Outcome.OUTCOME_FAILED,
                          EndReason.END_REASON_WORKER_LOST))
                  .getSettled())
          .isTrue();
    }
    assertThat(fixture.get(run).getState()).isEqualTo(RunState.RUN_STATE_FAILED);
    assertThat(fixture.types(run))
        .containsExactly("run.created", "run.retried", "run.started", "run.finished");
  }

  @Test
  void aRunWhoseWorkerIsLostAgainAndAgain_waitsLongerEachTime_saysWhy_andFailsAtLast()
      throws Exception {
    Run run = fixture.claimed(executor);
    try (FakeExecutor peer = fixture.peer(executor)) {
      for (int lost = 1; lost <= SettlementService.MOST_FALSE_STARTS; lost++) {
        assertThat(peer.publish(workerLost(fixture.get(run))).getSettled()).isTrue();
        Run queued = fixture.get(run);
        assertThat(queued.getState()).isEqualTo(RunState.RUN_STATE_QUEUED);
        assertThat(queued.getPendingReason())
            .isEqualTo(dev.berth.v1.PendingReason.PENDING_REASON_NOT_BEFORE);
        assertThat(queued.getPendingMessage()).contains("lost before it began, " + lost + " times");
        assertThat(secondsToWait(run)).isBetween(Math.min((1L << lost) / 4, 150) - 1, 300L);
        fixture.endBackoff(run);
        fixture.dispatch();
      }
      assertThat(peer.publish(workerLost(fixture.get(run))).getSettled()).isTrue();
    }
    assertThat(fixture.get(run).getState()).isEqualTo(RunState.RUN_STATE_FAILED);
    assertThat(fixture.get(run).getEnd().getReason()).isEqualTo(EndReason.END_REASON_WORKER_LOST);
  }

  private static dev.berth.executor.v1.PublishEventsRequest workerLost(Run run) {
    return ended(run, 0, AttemptEnd.Outcome.OUTCOME_FAILED, EndReason.END_REASON_WORKER_LOST);
  }

  private static long secondsToWait(Run run) {
    return berth
        .sql()
        .fetchSingle(
            "select extract(epoch from not_before - clock_timestamp())::bigint from run where id = ?",
            RunFixture.id(run).value())
        .get(0, Long.class);
  }

  private void loseWorker(Run run, String ago) {
    berth
        .sql()
        .execute(
            "update worker set state = 'LOST', update_time = clock_timestamp() - ?::interval"
                + " where id = ?",
            ago,
            dev.berth.common.Id.WorkerId.parse(run.getWorkerId()).value());
  }

  @Test
  void aCommandThatFails_isNotRetried() throws Exception {
    Run run = fixture.create(fixture.readySession(executor), 5);
    fixture.dispatch();
    run = fixture.get(run);
    try (FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(started(run)).getStatus()).isEqualTo(Status.STATUS_OK);
      assertThat(
              peer.publish(
                      ended(
                          run,
                          1,
                          AttemptEnd.Outcome.OUTCOME_FAILED,
                          EndReason.END_REASON_EXIT_CODE))
                  .getSettled())
          .isTrue();
    }
    assertThat(fixture.get(run).getState()).isEqualTo(RunState.RUN_STATE_FAILED);
    assertThat(fixture.get(run).hasDeadLetterTime()).isFalse();
  }

  @Test
  void settleAndCancelThatRace_leaveOneEnd() throws Exception {
    for (int i = 0; i < 20; i++) {
      Run run = fixture.claimed(executor);
      try (FakeExecutor peer = fixture.peer(executor);
          var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        assertThat(peer.publish(started(run)).getStatus()).isEqualTo(Status.STATUS_OK);
        var cancel =
            threads.submit(() -> {
              try {
                return fixture
                    .stub()
                    .cancelRun(CancelRunRequest.newBuilder().setRunId(run.getId()).build())
                    .getRun()
                    .getState();
              } catch (StatusRuntimeException e) {
                assertThat(e.getStatus().getCode())
                    .isEqualTo(io.grpc.Status.Code.FAILED_PRECONDITION);
                return RunState.RUN_STATE_SUCCEEDED;
              }
            });
        assertThat(peer.publish(succeeded(run, 1)).getSettled()).isTrue();
        assertThat(cancel.get()).isNotEqualTo(RunState.RUN_STATE_CANCELED);
      }
      assertThat(fixture.get(run).getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
      assertThat(fixture.types(run)).containsExactly("run.created", "run.started", "run.finished");
    }
  }

  @Test
  void aCancelledAttemptThatIsLost_endsCanceled_andIsNotRetried() throws Exception {
    Run run = fixture.create(fixture.readySession(executor), 3);
    fixture.dispatch();
    Run claimed = fixture.get(run);
    Run cancelled =
        fixture
            .stub()
            .cancelRun(CancelRunRequest.newBuilder().setRunId(run.getId()).build())
            .getRun();
    assertThat(cancelled.hasCancelRequestTime()).isTrue();
    assertThat(cancelled.getState()).isEqualTo(RunState.RUN_STATE_STARTING);
    assertThat(berth.bean(AttemptLink.class).outstanding(executor))
        .extracting(order -> order.message().getMessageCase().name())
        .containsExactly("START_RUN", "STOP_RUN");
    assertThat(fixture.settleLost(claimed, dev.berth.controlplane.run.EndReason.EXECUTOR_LOST))
        .isTrue();
    assertThat(fixture.get(run).getState()).isEqualTo(RunState.RUN_STATE_CANCELED);
    assertThat(berth.bean(AttemptLink.class).outstanding(executor)).isEmpty();
  }
}
