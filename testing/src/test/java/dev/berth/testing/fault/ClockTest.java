package dev.berth.testing.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.ClockSkew;
import dev.berth.testing.stack.Replica;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.EndReason;
import dev.berth.v1.Run;
import dev.berth.v1.RunSpec;
import dev.berth.v1.RunState;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.SessionState;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Control planes whose hosts' clocks are an hour off, beside one whose is right. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClockTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration LEASE = Duration.ofSeconds(3);
  private static final Duration HEARTBEAT = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Clock CLOCK = Clock.systemUTC();

  @AutoClose
  private final Stack stack =
      Stack.startWithoutExecutor(
          Map.of(
              "BERTH_LEASE_EXECUTOR", LEASE.toSeconds() + "s",
              "BERTH_LEASE_LOST_AFTER", LEASE.toSeconds() + 1 + "s",
              "BERTH_LEASE_HEARTBEAT", HEARTBEAT.toSeconds() + "s"));

  /** Also where a test failed: what stands still cannot be closed in order. */
  @AfterEach
  void goOn() {
    stack.plane().signal("CONT");
  }

  @Test
  void nothingIsDueEarly_besideAReplicaAnHourAhead() {
    try (Replica ahead = addReplica(HOUR)) {
      startExecutor("early", Map.of(), 2);
      TestSession session = TestSession.create(stack, "unused");
      session.run("true");
      Instant asked = CLOCK.instant();
      Duration delay = LEASE.plus(HEARTBEAT);
      Run steady = create(ahead.client(), RunLoad.idle(delay.toMillis(), 1).toBuilder());
      Run delayed =
          create(
              ahead.client(),
              RunLoad.idle(1, 1).toBuilder()
                  .setDelay(Durations.fromMillis(delay.toMillis()))
                  .setStartBy(at(asked.plus(HOUR.dividedBy(2))))
                  .setFinishBy(at(asked.plus(HOUR.dividedBy(2)))));
      Run begun = ahead.client().awaitRun(delayed.getId(), PATIENCE);

      assertThat(begun.getState()).as("%s", begun).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
      assertDue(begun.getStartTime(), asked.plus(delay));
      assertThat(ahead.client().awaitRun(steady.getId(), PATIENCE).getState())
          .as("its executor's lease was good")
          .isEqualTo(RunState.RUN_STATE_SUCCEEDED);
      assertThat(session.get().getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVE);
    }
  }

  @Test
  void everythingIsDueInTime_whereOnlyAReplicaAnHourBehindIsLeft() {
    try (Replica behind = addReplica(HOUR.negated())) {
      startExecutor("late", behind.toDial(), 1);
      TestSession idle =
          TestSession.create(
              stack,
              "idle",
              SessionSpec.newBuilder().setIdleTimeout(Durations.fromSeconds(2)).build());
      idle.run("true");
      stack.plane().signal("STOP");
      Run lost = create(behind.client(), RunLoad.idle(600_000, 1).toBuilder());
      Instant due = CLOCK.instant().plusSeconds(2);
      Run late = create(behind.client(), RunLoad.idle(1, 1).toBuilder().setStartBy(at(due)));
      Run expired = behind.client().awaitRun(late.getId(), PATIENCE);
      await("its session is idle")
          .atMost(PATIENCE)
          .until(() -> idle.historyBy(behind.client()).contains("session.idle"));
      Instant killed = CLOCK.instant();
      stack.executor("late").kill();
      Run gone = behind.client().awaitRun(lost.getId(), PATIENCE);

      assertThat(expired.getEnd().getReason()).isEqualTo(EndReason.END_REASON_START_DEADLINE);
      assertDue(expired.getEndTime(), due);
      assertThat(gone.getEnd().getReason()).isEqualTo(EndReason.END_REASON_EXECUTOR_LOST);
      assertDue(gone.getEndTime(), killed.plus(LEASE).minus(HEARTBEAT.multipliedBy(2)));
    }
  }

  /** One whose clock is off by so much, as its log shows. */
  private Replica addReplica(Duration off) {
    Replica replica = stack.addReplica(ClockSkew.settings(stack.home(), off));
    String logged = replica.program().tail().lines().findFirst().orElseThrow();
    Instant says = Instant.parse(logged.substring(0, logged.indexOf(' ')));
    assertThat(Duration.between(CLOCK.instant(), says)).isCloseTo(off, Duration.ofMinutes(5));
    return replica;
  }

  private void startExecutor(String name, Map<String, String> dials, int runs) {
    Map<String, String> settings = new HashMap<>(dials);
    settings.put("BERTH_EXECUTOR_NOOP", String.valueOf(runs));
    stack.startExecutor(name, settings);
  }

  private static Run create(Client by, RunSpec.Builder spec) {
    return by.runs().createRun(CreateRunRequest.newBuilder().setSpec(spec).build()).getRun();
  }

  /** Not before it is due, and not long after, on a machine with much else to do. */
  private static void assertDue(Timestamp time, Instant due) {
    assertThat(Instant.ofEpochMilli(Timestamps.toMillis(time)))
        .isBetween(due.minusMillis(1), due.plus(PATIENCE));
  }

  private static Timestamp at(Instant time) {
    return Timestamps.fromMillis(time.toEpochMilli());
  }
}
