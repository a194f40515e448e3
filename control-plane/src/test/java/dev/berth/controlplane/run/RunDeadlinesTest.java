package dev.berth.controlplane.run;

import static dev.berth.controlplane.run.FakeExecutor.ended;
import static dev.berth.controlplane.run.FakeExecutor.started;
import static dev.berth.controlplane.run.FakeExecutor.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Timestamps;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.executor.v1.AttemptEnd;
import dev.berth.v1.EndReason;
import dev.berth.v1.QueueSpec;
import dev.berth.v1.Run;
import dev.berth.v1.RunSpec;
import dev.berth.v1.RunState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Runs that do not start or finish by when they were to. */
final class RunDeadlinesTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final RunFixture fixture = new RunFixture(berth);
  private final ExecutorId executor = fixture.executor();

  private Run create(SessionId session, RunSpec.Builder spec) {
    return fixture
        .stub()
        .createRun(fixture.request(session).toBuilder().setSpec(spec).build())
        .getRun();
  }

  private static RunSpec.Builder echo() {
    return RunFixture.echo().toBuilder();
  }

  private void pass() {
    berth.bean(RunDeadlines.class).runOnce();
  }

  private static void setPast(String column, Run run) {
    berth
        .sql()
        .execute(
            "update run set " + column + " = clock_timestamp() - interval '1 second' where id = ?",
            RunFixture.id(run).value());
  }

  @Test
  void notStartedByThen_expires_andOneWhoseTimeHasNotCome_doesNot() throws Exception {
    var later = Timestamps.parse("2100-01-01T00:00:00Z");
    SessionId session = fixture.session();
    Run late = create(session, echo().setStartBy(later));
    Run inTime = create(session, echo().setStartBy(later).setFinishBy(later));
    assertThat(inTime.getSpec().getStartBy()).isEqualTo(later);
    setPast("start_by", late);
    pass();
    pass();
    Run over = fixture.get(late);
    assertThat(over.getState()).isEqualTo(RunState.RUN_STATE_EXPIRED);
    assertThat(over.getEnd().getReason()).isEqualTo(EndReason.END_REASON_START_DEADLINE);
    assertThat(over.getEnd().getMessage()).contains("not started by");
    assertThat(fixture.types(late)).containsExactly("run.created", "run.finished");
    assertThat(fixture.get(inTime).getState()).isEqualTo(RunState.RUN_STATE_QUEUED);
  }

  @Test
  void onceAnAttemptHasBegun_theStartIsInTime_alsoWhereItIsRetried() {
    Run run = create(fixture.readySession(executor), echo().setMaxAttempts(2));
    fixture.dispatch();
    setPast("start_by", run);
    pass();
    Run claimed = fixture.get(run);
    assertThat(claimed.getState()).isEqualTo(RunState.RUN_STATE_STARTING);
    assertThat(fixture.settleLost(claimed, dev.berth.controlplane.run.EndReason.EXECUTOR_LOST))
        .isTrue();
    pass();
    assertThat(fixture.get(run).getState()).isEqualTo(RunState.RUN_STATE_QUEUED);
  }

  @Test
  void aRunThatIsTooLateToStart_isNotStarted_beforeAnybodyHasEndedIt() {
    fixture.queue("bounded", QueueSpec.newBuilder().setMaxConcurrency(5).build());
    for (String queue : new String[] {"default", "bounded"}) {
      var request =
          fixture.request(fixture.readySession(executor)).toBuilder()
              .setQueue(queue)
              .setSpec(echo().setMaxAttempts(2));
      Run late = fixture.stub().createRun(request.build()).getRun();
      setPast("start_by", late);
      fixture.dispatch();
      fixture.dispatch();
      assertThat(fixture.get(late).getState()).as(queue).isEqualTo(RunState.RUN_STATE_QUEUED);
      pass();
      assertThat(fixture.get(late).getState()).as(queue).isEqualTo(RunState.RUN_STATE_EXPIRED);
    }
  }

  @Test
  void notFinishedByThen_whatWaitsExpires() {
    Run run = create(fixture.session(), echo());
    setPast("finish_by", run);
    pass();
    assertThat(fixture.get(run).getState()).isEqualTo(RunState.RUN_STATE_EXPIRED);
    assertThat(fixture.get(run).getEnd().getReason())
        .isEqualTo(EndReason.END_REASON_FINISH_DEADLINE);
  }

  @Test
  void notFinishedByThen_whatRunsIsEnded_andFailed_andNeverRetried() throws Exception {
    Run run = create(fixture.readySession(executor), echo().setMaxAttempts(3));
    fixture.dispatch();
    run = fixture.get(run);
    try (FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(started(run)).getSettled()).isFalse();
      setPast("finish_by", run);
      pass();
      pass();
      assertThat(fixture.get(run).hasCancelRequestTime()).isTrue();
      assertThat(
              peer.publish(
                      ended(
                          run,
                          1,
                          AttemptEnd.Outcome.OUTCOME_CANCELED,
                          EndReason.END_REASON_CANCELED))
                  .getSettled())
          .isTrue();
    }
    Run over = fixture.get(run);
    assertThat(over.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
    assertThat(over.getEnd().getReason()).isEqualTo(EndReason.END_REASON_FINISH_DEADLINE);
    assertThat(over.hasDeadLetterTime()).isFalse();
  }

  @Test
  void whatSucceedsBeforeTheStopReachesIt_hasSucceeded() throws Exception {
    Run run = fixture.claimed(executor);
    setPast("finish_by", run);
    pass();
    try (FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(started(run)).getSettled()).isFalse();
      assertThat(peer.publish(succeeded(run, 1)).getSettled()).isTrue();
    }
    assertThat(fixture.get(run).getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
  }
}
