package dev.berth.testing.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.testing.stack.Stack;
import dev.berth.v1.CancelRunRequest;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.EndReason;
import dev.berth.v1.GetRunRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunSpec;
import dev.berth.v1.RunState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Runs of the provider noop, by a real agent. */
class SessionlessTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static Stack stack;

  @BeforeAll
  static void start() {
    stack = Stack.startWithoutExecutor(Map.of());
    stack.startExecutor("local", Map.of("BERTH_EXECUTOR_NOOP", "16"));
  }

  @AfterAll
  static void stop() {
    stack.close();
  }

  private static Run noop(int attempts, String... millis) {
    return stack
        .client()
        .runs()
        .createRun(
            CreateRunRequest.newBuilder()
                .setSpec(
                    RunSpec.newBuilder()
                        .setProvider("noop")
                        .setMaxAttempts(attempts)
                        .addAllCommand(List.of(millis)))
                .build())
        .getRun();
  }

  private static RunState state(Run run) {
    return stack
        .client()
        .runs()
        .getRun(GetRunRequest.newBuilder().setRunId(run.getId()).build())
        .getRun()
        .getState();
  }

  private static void awaitRunning(Run run) {
    await().atMost(PATIENCE).until(() -> state(run) == RunState.RUN_STATE_RUNNING);
  }

  @Test
  void manyMoreThanItTakesAtOnce_allEnd() {
    List<Run> runs = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      runs.add(noop(1));
    }
    for (Run run : runs) {
      assertThat(stack.client().awaitRun(run.getId(), PATIENCE).getState())
          .isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    }
  }

  @Test
  void oneUnderWay_isCancelled() {
    Run run = noop(1, "600000");
    awaitRunning(run);
    stack.client().runs().cancelRun(CancelRunRequest.newBuilder().setRunId(run.getId()).build());
    assertThat(stack.client().awaitRun(run.getId(), PATIENCE).getState())
        .isEqualTo(RunState.RUN_STATE_CANCELED);
  }

  @Test
  void anAgentThatIsKilled_losesWhatItHad_whichIsTriedAgainWhereItMayBe() throws Exception {
    Run once = noop(1, "600000");
    Run twice = noop(2, "3000");
    awaitRunning(once);
    awaitRunning(twice);
    stack.executor("local").kill();
    stack.startExecutor("local", Map.of("BERTH_EXECUTOR_NOOP", "16"));
    assertThat(stack.client().awaitRun(once.getId(), PATIENCE).getEnd().getReason())
        .isEqualTo(EndReason.END_REASON_EXECUTOR_LOST);
    Run again = stack.client().awaitRun(twice.getId(), PATIENCE);
    assertThat(again.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    assertThat(again.getAttempt()).isEqualTo(2);
  }

  @Test
  void theCommandLine_runsOne() {
    var result = stack.berth("run", "--provider", "noop", "--no-session", "--wait");
    assertThat(result.exit()).as(result.output()).isZero();
    assertThat(result.output()).contains("succeeded").contains("noop");
  }
}
