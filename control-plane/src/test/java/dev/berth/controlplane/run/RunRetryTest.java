package dev.berth.controlplane.run;

import static dev.berth.controlplane.run.FakeExecutor.ended;
import static dev.berth.controlplane.run.FakeExecutor.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Duration;
import dev.berth.common.Id.ExecutorId;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.executor.v1.AttemptEnd;
import dev.berth.v1.EndReason;
import dev.berth.v1.PendingReason;
import dev.berth.v1.RetryPolicy;
import dev.berth.v1.Run;
import dev.berth.v1.RunState;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a run's own retry policy changes. */
final class RunRetryTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final RunFixture fixture = new RunFixture(berth);
  private final ExecutorId executor = fixture.executor();

  private Run create(int attempts, RetryPolicy.Builder retry) {
    return fixture
        .stub()
        .createRun(
            fixture.request(fixture.readySession(executor)).toBuilder()
                .setSpec(RunFixture.echo().toBuilder().setMaxAttempts(attempts).setRetry(retry))
                .build())
        .getRun();
  }

  private void fail(Run run, EndReason reason) throws Exception {
    fixture.endBackoff(run);
    fixture.dispatch();
    Run claimed = fixture.get(run);
    try (FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(started(claimed)).getSettled()).isFalse();
      assertThat(
              peer.publish(ended(claimed, 1, AttemptEnd.Outcome.OUTCOME_FAILED, reason))
                  .getSettled())
          .isTrue();
    }
  }

  private static double secondsToWait(Run run) {
    return berth
        .sql()
        .fetchSingle(
            "select extract(epoch from not_before - clock_timestamp())::float8 from run where id = ?",
            RunFixture.id(run).value())
        .get(0, Double.class);
  }

  private static Duration seconds(long seconds) {
    return Duration.newBuilder().setSeconds(seconds).build();
  }

  @Test
  void theUsualPolicy_isShown() {
    RetryPolicy shown = create(1, RetryPolicy.newBuilder()).getSpec().getRetry();
    assertThat(shown)
        .isEqualTo(
            RetryPolicy.newBuilder()
                .setBackoff(RetryPolicy.Backoff.BACKOFF_EXPONENTIAL)
                .setDelay(seconds(1))
                .setMaxDelay(seconds(300))
                .addReasons(EndReason.END_REASON_START_UNKNOWN)
                .addReasons(EndReason.END_REASON_WORKER_LOST)
                .addReasons(EndReason.END_REASON_EXECUTOR_LOST)
                .build());
  }

  @Test
  void aReasonThatIsNamed_isRetriedWithAFixedDelay_thenADeadLetter_andAnotherReasonEndsIt()
      throws Exception {
    var retry =
        RetryPolicy.newBuilder()
            .setBackoff(RetryPolicy.Backoff.BACKOFF_FIXED)
            .setDelay(seconds(100))
            .addReasons(EndReason.END_REASON_EXIT_CODE);
    Run run = create(3, retry);
    for (int i = 0; i < 2; i++) {
      fail(run, EndReason.END_REASON_EXIT_CODE);
      Run waiting = fixture.get(run);
      assertThat(waiting.getState()).isEqualTo(RunState.RUN_STATE_QUEUED);
      assertThat(waiting.getPendingReason()).isEqualTo(PendingReason.PENDING_REASON_NOT_BEFORE);
      assertThat(secondsToWait(run)).isBetween(45.0, 100.0);
    }
    fail(run, EndReason.END_REASON_EXIT_CODE);
    assertThat(fixture.get(run).getState()).isEqualTo(RunState.RUN_STATE_FAILED);
    assertThat(fixture.get(run).hasDeadLetterTime()).isTrue();

    Run other = create(3, retry);
    fail(other, EndReason.END_REASON_TIMEOUT);
    assertThat(fixture.get(other).getState()).isEqualTo(RunState.RUN_STATE_FAILED);
    assertThat(fixture.get(other).hasDeadLetterTime()).isFalse();
  }

  @Test
  void anExponentialDelay_doubles_upToItsBound() throws Exception {
    Run run =
        create(
            4,
            RetryPolicy.newBuilder()
                .setDelay(seconds(100))
                .setMaxDelay(seconds(300))
                .addReasons(EndReason.END_REASON_SIGNAL));
    for (double longest : List.of(100.0, 200.0, 300.0)) {
      fail(run, EndReason.END_REASON_SIGNAL);
      assertThat(secondsToWait(run)).isBetween(longest / 2 - 5, longest);
    }
  }

  @Test
  void policiesThatCannotBe_areRefused_namingTheField() {
    for (var wrong :
        List.of(
            RetryPolicy.newBuilder().setDelay(seconds(9)).setMaxDelay(seconds(3)),
            RetryPolicy.newBuilder()
                .setBackoff(RetryPolicy.Backoff.BACKOFF_FIXED)
                .setMaxDelay(seconds(3)),
            RetryPolicy.newBuilder().addReasons(EndReason.END_REASON_CANCELED),
            RetryPolicy.newBuilder().addReasons(EndReason.END_REASON_UNSPECIFIED))) {
      var refused = catchThrowableOfType(StatusRuntimeException.class, () -> create(2, wrong));
      assertThat(refused.getStatus().getCode()).isEqualTo(Code.INVALID_ARGUMENT);
      assertThat(refused.getStatus().getDescription()).contains("spec.retry.");
    }
  }
}
