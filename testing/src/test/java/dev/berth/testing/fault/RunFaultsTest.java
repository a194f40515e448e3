package dev.berth.testing.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Replica;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.CordonExecutorRequest;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.EndReason;
import dev.berth.v1.GetRunRequest;
import dev.berth.v1.ListRunAttemptsRequest;
import dev.berth.v1.ListRunsRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunSpec;
import dev.berth.v1.RunState;
import dev.berth.v1.UncordonExecutorRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Runs while control planes, PostgreSQL and executor agents are killed and frozen: two control
 * planes on one PostgreSQL, each with an executor that dials it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RunFaultsTest {
  private static final long SEED = Long.getLong("berth.test.seed", 20261121);
  private static final int IN_FLIGHT = 1_000;
  private static final int AT_ONCE = IN_FLIGHT * 3 / 4;
  private static final int ATTEMPTS = 2;
  private static final String HERE = "here";
  private static final String THERE = "there";

  @AutoClose
  private final Stack stack =
      Stack.startWithoutExecutor(
          Map.of(
              "BERTH_LEASE_EXECUTOR", "3s",
              "BERTH_LEASE_LOST_AFTER", "4s",
              "BERTH_LEASE_HEARTBEAT", "1s"));

  private final Replica other = stack.addReplica();
  private final Random moment = new Random(SEED);

  @BeforeAll
  void startExecutors() {
    startExecutor(HERE);
    startExecutor(THERE);
  }

  private void startExecutor(String name) {
    Map<String, String> settings = new HashMap<>();
    settings.put("BERTH_EXECUTOR_NOOP", String.valueOf(AT_ONCE));
    if (name.equals(THERE)) {
      settings.putAll(other.toDial());
    }
    stack.startExecutor(name, settings);
  }

  /** Also where a test failed: what stands still cannot be closed in order. */
  @AfterEach
  void goOn() {
    other.program().signal("CONT");
  }

  @Test
  void eachEndsOnce_andNothingAcknowledgedIsLost_whenAReplicaIsKilled() throws Exception {
    assertOutlived("replica", 10_000, () -> stack.killAndRestart(other));
  }

  @Test
  void eachEndsOnce_andNothingAcknowledgedIsLost_whenPostgresIsKilled() throws Exception {
    assertOutlived("postgres", 5_000, stack::killPostgres);
  }

  /** A fault while a thousand runs are in flight and more are asked for, and again as they end. */
  private void assertOutlived(String name, int mostMillis, Runnable fault) throws Exception {
    int most = 2 * AT_ONCE;
    RunLoad load = load(name, stack.client(), other.client());
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var creating = threads.submit(() -> load.createUpTo(most, mostMillis));
      load.awaitCreated(moment.nextInt(IN_FLIGHT, most));
      fault.run();
      creating.get();
    }
    load.awaitEnded(moment.nextInt(1, most - IN_FLIGHT));
    load.remember();
    fault.run();
    load.awaitEnded(most);
    load.assertEachEndedOnceAndNothingIsLost();
  }

  @Test
  void aReplicaFrozenPastItsLeasesAndThawed_changesNothing() {
    RunLoad load = load("frozen", stack.client());
    cordon(HERE);
    load.createUpTo(IN_FLIGHT, 6_000);
    load.awaitBegunOn(THERE, moment.nextInt(1, IN_FLIGHT / 8));
    other.program().signal("STOP");
    uncordon(HERE);
    load.awaitGivenUp();
    load.awaitEnded(moment.nextInt(IN_FLIGHT / 4, IN_FLIGHT / 2));
    List<String> before = load.rowsOfEnded();

    other.program().signal("CONT");
    awaitThatItIsBack(THERE, HERE);
    assertThat(Set.copyOf(load.rowsOfEnded())).containsAll(before);
    load.awaitEnded(IN_FLIGHT);
    load.assertEachEndedOnceAndNothingIsLost();
  }

  @Test
  void aRunThatKillsItsExecutorAgentEachTime_isADeadLetter_andTheRestGoOn() {
    RunLoad rest = load("rest", stack.client(), other.client());
    Run poison = create(RunLoad.idle(600_000, ATTEMPTS));
    rest.createUpTo(IN_FLIGHT / 4, 4_000);
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      String killed = awaitExecutorOf(poison, attempt);
      stack.executor(killed).kill();
      startExecutor(killed);
    }
    Run dead = stack.client().awaitRun(poison.getId(), RunLoad.PATIENCE);

    assertThat(dead.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
    assertThat(deadLetters()).containsExactly(poison.getId());
    assertThat(reasons(poison))
        .containsExactly(EndReason.END_REASON_EXECUTOR_LOST, EndReason.END_REASON_EXECUTOR_LOST);
    rest.awaitEnded(IN_FLIGHT / 4);
    rest.assertEachEndedOnceAndNothingIsLost();
  }

  private RunLoad load(String name, Client... clients) {
    return new RunLoad(stack, name, new Random(SEED), clients);
  }

  private Run create(RunSpec spec) {
    var request = CreateRunRequest.newBuilder().setSpec(spec).build();
    return stack.client().runs().createRun(request).getRun();
  }

  /** What it had to say of before, it has said: of a run that it takes now, too. */
  private void awaitThatItIsBack(String executor, String notThat) {
    cordon(notThat);
    Run run = create(RunLoad.idle(1, 1));
    Run ended = stack.client().awaitRun(run.getId(), RunLoad.PATIENCE);
    assertThat(ended.getExecutorId()).isEqualTo(stack.executorId(executor));
    assertThat(ended.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    uncordon(notThat);
  }

  private void cordon(String name) {
    var request = CordonExecutorRequest.newBuilder().setExecutorId(stack.executorId(name)).build();
    assertThat(stack.client().executors().cordonExecutor(request).hasExecutor()).isTrue();
  }

  private void uncordon(String name) {
    var request =
        UncordonExecutorRequest.newBuilder().setExecutorId(stack.executorId(name)).build();
    assertThat(stack.client().executors().uncordonExecutor(request).hasExecutor()).isTrue();
  }

  private String awaitExecutorOf(Run run, int attempt) {
    var request = GetRunRequest.newBuilder().setRunId(run.getId()).build();
    Run begun =
        await("attempt " + attempt + " runs")
            .atMost(RunLoad.PATIENCE)
            .until(
                () -> stack.client().runs().getRun(request).getRun(),
                now -> now.getAttempt() == attempt && now.getState() == RunState.RUN_STATE_RUNNING);
    return begun.getExecutorId().equals(stack.executorId(HERE)) ? HERE : THERE;
  }

  private List<EndReason> reasons(Run run) {
    var request = ListRunAttemptsRequest.newBuilder().setRunId(run.getId()).build();
    return stack.client().runs().listRunAttempts(request).getAttemptsList().stream()
        .map(attempt -> attempt.getEnd().getReason())
        .toList();
  }

  private List<String> deadLetters() {
    var request = ListRunsRequest.newBuilder().setDeadLetters(true).build();
    return stack.client().runs().listRuns(request).getRunsList().stream().map(Run::getId).toList();
  }
}
