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
    settings.put("BERTH_EXECUTOR_NOOP", String.valueOf(IN_FLIGHT));
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
  void eachEndsOnce_andNothingAcknowledgedIsLost_whenAReplicaIsKilled_with1000InFlight()
      throws Exception {
    int most = IN_FLIGHT + IN_FLIGHT / 2;
    RunLoad load = load("replica", stack.client(), other.client());
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var creating = threads.submit(() -> load.createUpTo(most, 10_000));
      load.awaitCreated(moment.nextInt(IN_FLIGHT, most));
      stack.killAndRestart(other);
      creating.get();
    }
    load.awaitEnded(moment.nextInt(1, most - IN_FLIGHT));
    load.remember();
    stack.killAndRestart(other);
    load.awaitEnded(most);
    load.assertEachEndedOnceAndNothingIsLost();
  }

  @Test
  void eachEndsOnce_andNothingAcknowledgedIsLost_whenPostgresIsKilled_with1000InFlight() {
    RunLoad load = load("postgres", stack.client(), other.client());
    load.createUpTo(IN_FLIGHT, 4_000);
    load.awaitEnded(moment.nextInt(1, IN_FLIGHT / 2));
    load.remember();
    stack.killPostgres();
    load.createUpTo(IN_FLIGHT + IN_FLIGHT / 2, 4_000);
    load.awaitEnded(IN_FLIGHT + IN_FLIGHT / 2);
    load.assertEachEndedOnceAndNothingIsLost();
  }

  @Test
  void aReplicaFrozenPastItsLeasesAndThawed_changesNothing() {
    RunLoad load = load("frozen", stack.client());
    load.createUpTo(IN_FLIGHT, 4_000);
    load.awaitBegunOn(THERE, moment.nextInt(1, IN_FLIGHT / 4));
    other.program().signal("STOP");
    load.awaitEnded(IN_FLIGHT);
    List<String> before = load.rows();
    assertThat(load.lostAttempts()).as("given to the other executor").isPositive();

    other.program().signal("CONT");
    awaitThatItTakesRuns(THERE, HERE);
    assertThat(load.rows()).isEqualTo(before);
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

  /** It is back, and what it had to say of before it has said: of runs that it takes now. */
  private void awaitThatItTakesRuns(String executor, String notThat) {
    String cordoned = stack.executorId(notThat);
    var executors = stack.client().executors();
    executors.cordonExecutor(CordonExecutorRequest.newBuilder().setExecutorId(cordoned).build());
    Run run = create(RunLoad.idle(1, 1));
    Run ended = stack.client().awaitRun(run.getId(), RunLoad.PATIENCE);
    assertThat(ended.getExecutorId()).isEqualTo(stack.executorId(executor));
    assertThat(ended.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    executors.uncordonExecutor(
        UncordonExecutorRequest.newBuilder().setExecutorId(cordoned).build());
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
