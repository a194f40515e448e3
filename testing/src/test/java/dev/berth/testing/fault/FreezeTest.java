package dev.berth.testing.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.berth.testing.stack.Shell;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.EndReason;
import dev.berth.v1.Run;
import dev.berth.v1.RunState;
import dev.berth.v1.Snapshot;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * A control plane that stands still for longer than all leases: the agent pauses its containers in
 * time, and only a welcome says what becomes of them.
 */
class FreezeTest {
  private static final Duration LOST_AFTER = Duration.ofSeconds(6);
  private static final String SCRIPT =
      "echo begun >> begins; echo up; until [ -e go ]; do date >> clock; sleep 0.1; done; cat"
          + " begins";

  @AutoClose
  private final Stack stack =
      Stack.startWithoutExecutor(
          Map.of(
              "BERTH_LEASE_EXECUTOR", "4s",
              "BERTH_LEASE_LOST_AFTER", LOST_AFTER.toSeconds() + "s",
              "BERTH_LEASE_HEARTBEAT", "1s"));

  /** A run that has begun on the stack's only executor. */
  private record Begun(TestSession session, Run run, String container) {
    boolean paused() {
      var state = Shell.run("docker", "inspect", "-f", "{{.State.Paused}}", container);
      return state.output().strip().equals("true");
    }

    void awaitPaused(boolean wanted) {
      await(wanted ? "the agent pauses its container" : "it is thawed")
          .atMost(LOST_AFTER.multipliedBy(wanted ? 1 : 4))
          .pollInterval(Duration.ofMillis(100))
          .until(() -> paused() == wanted);
    }
  }

  /** Also where a test failed: what stands still cannot be closed in order. */
  @AfterEach
  void goOn() {
    stack.plane().signal("CONT");
  }

  private Begun begin() {
    stack.startExecutor("local");
    TestSession session = TestSession.create(stack, "works");
    session.run("echo saved > kept");
    session.sync();
    Run run = session.start(SCRIPT);
    try (var watcher = RunWatcher.start(stack.client(), run.getId())) {
      await("the run has begun")
          .atMost(TestSession.PATIENCE)
          .until(() -> watcher.output().equals("up\n"));
    }
    return new Begun(session, run, session.worker().getContainerRef());
  }

  @Test
  void aloneWithItsExecutor_nothingIsGivenUp_andTheOneAttemptGoesOn() {
    Begun begun = begin();
    TestSession session = begun.session();
    String worker = session.get().getWorkerId();
    stack.plane().signal("STOP");
    begun.awaitPaused(true);
    await("it stays paused, however long nobody says anything")
        .during(LOST_AFTER.dividedBy(2))
        .atMost(LOST_AFTER)
        .until(begun::paused);

    stack.plane().signal("CONT");
    begun.awaitPaused(false);
    session.write("go", ByteString.EMPTY);
    Run ended = stack.client().awaitRun(begun.run().getId(), TestSession.PATIENCE);

    assertThat(ended.getState()).as("%s", ended).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    assertThat(ended.getAttempt()).isEqualTo(1);
    assertThat(output(begun.run())).isEqualTo("up\nbegun\n");
    assertThat(session.get().getWorkerId()).isEqualTo(worker);
    assertThat(session.history()).doesNotContain("worker.lost", "copy.abandoned");
  }

  @Test
  void besideAnotherControlPlane_itsExecutorIsGivenUpOnce_andWhatItHeldIsRescued() {
    var other = stack.addReplica();
    Begun begun = begin();
    TestSession session = begun.session();
    stack.plane().signal("STOP");
    begun.awaitPaused(true);
    Run lost = other.client().awaitRun(begun.run().getId(), TestSession.PATIENCE);
    assertThat(lost.getEnd().getReason()).isEqualTo(EndReason.END_REASON_EXECUTOR_LOST);
    assertThat(begun.paused()).isTrue();
    await("the other one gives its worker up")
        .atMost(TestSession.PATIENCE)
        .until(() -> session.historyBy(other.client()).contains("copy.abandoned"));
    assertThat(begun.paused()).isTrue();

    stack.plane().signal("CONT");
    await("the rescue")
        .atMost(TestSession.PATIENCE)
        .ignoreExceptions()
        .until(() -> session.snapshots(Snapshot.Kind.KIND_RESCUED).size() == 1);
    Run still = stack.client().awaitRun(begun.run().getId(), Duration.ofSeconds(1));
    assertThat(still.getEnd()).isEqualTo(lost.getEnd());
    assertThat(still.getAttempt()).isEqualTo(1);
    assertThat(session.run("cat kept; test ! -e begins")).isEqualTo("saved\n");
    assertThat(session.facts("worker.lost")).hasSize(1);
  }

  private String output(Run run) {
    try (var watcher = RunWatcher.start(stack.client(), run.getId())) {
      await("all of its output").atMost(TestSession.PATIENCE).until(watcher::ended);
      return watcher.output();
    }
  }
}
