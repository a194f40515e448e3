package dev.berth.testing.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.berth.testing.stack.Shell;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.EndReason;
import dev.berth.v1.Run;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.SessionState;
import dev.berth.v1.Snapshot;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** An executor that comes back after its workers were given up loses nothing of what they held. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RescueTest {
  private static final int PLAIN_USER = 12345;

  private final Stack stack =
      Stack.startWithoutExecutor(
          Map.of(
              "BERTH_LEASE_EXECUTOR", "6s",
              "BERTH_LEASE_LOST_AFTER", "8s",
              "BERTH_LEASE_HEARTBEAT", "1s"));

  @AfterAll
  void stop() {
    stack.close();
  }

  @Test
  void whatItHeldIsARescuedSnapshot_whenAnotherExecutorTookTheSessionOver() {
    startExecutor("first", "taken");
    TestSession session = withUnsavedWork("taken", "first");
    giveUp(session, "first");

    startExecutor("second", "taken");
    assertThat(session.run("cat kept && test ! -e unsaved && echo more > later"))
        .isEqualTo("saved\n");
    String head = session.sync().getId();
    startExecutor("first", "taken");

    Snapshot rescued = awaitRescue(session, "first");
    assertThat(rescued.getHead()).isFalse();
    assertThat(session.get().getHeadSnapshotId()).isEqualTo(head);
    assertThat(session.run("cat kept later && test ! -e unsaved")).isEqualTo("saved\nmore\n");
    session.awaitFact("copy.removed");
    assertThat(Files.exists(session.copy("first"))).isFalse();
    assertThat(containers("first")).isEmpty();
  }

  @Test
  void whatItHeldIsARescuedSnapshot_whenThereWasNoOtherExecutor() {
    startExecutor("only", "waiting");
    TestSession session = withUnsavedWork("waiting", "only");
    String head = session.get().getHeadSnapshotId();
    giveUp(session, "only");
    assertThat(session.get().getHeadSnapshotId()).isEqualTo(head);

    startExecutor("only", "waiting");

    awaitRescue(session, "only");
    assertThat(session.run("cat kept && test ! -e unsaved")).isEqualTo("saved\n");
  }

  @Test
  void anAgentThatIsNotRoot_runs_saves_restores_andRescuesAsItself() {
    assumeTrue(ProcessHandle.current().info().user().filter("root"::equals).isPresent());
    stack.startExecutorAs(PLAIN_USER, "plain", "only=plain");
    TestSession session = withUnsavedWork("plain", "plain");
    assertThat(stack.hardening("plain"))
        .containsEntry("agent-root", "no")
        .containsEntry("disk-limit", "no");
    giveUp(session, "plain");
    stack.startExecutorAs(PLAIN_USER, "plain", "only=plain");

    awaitRescue(session, "plain");
    assertThat(
            session.run("id -u; stat -c %u kept; cat kept; test ! -e unsaved; echo more > later"))
        .isEqualTo(PLAIN_USER + "\n" + PLAIN_USER + "\nsaved\n");
    session.stop(true);
    await("its disk is removed")
        .atMost(TestSession.PATIENCE)
        .until(() -> !Files.exists(session.copy("plain")));
    assertThat(session.run("cat kept later")).isEqualTo("saved\nmore\n");
  }

  /** Only the session of that name is placed on it. */
  private void startExecutor(String name, String session) {
    stack.startExecutor(name, "only=" + session);
  }

  /** A file that is saved, and one that a run has just written and goes on. */
  private TestSession withUnsavedWork(String name, String executor) {
    TestSession session =
        TestSession.create(
            stack, name, SessionSpec.newBuilder().putPlacementLabels("only", name).build());
    session.run("echo saved > kept");
    session.sync();
    Run run = session.start("echo work > unsaved; echo written; exec sleep 600");
    try (var watcher = RunWatcher.start(stack.client(), run.getId())) {
      await("the run has written")
          .atMost(TestSession.PATIENCE)
          .until(() -> watcher.output().equals("written\n"));
    }
    assertThat(session.get().getUnsavedWork()).isTrue();
    assertThat(session.worker().getExecutorId()).isEqualTo(stack.executorId(executor));
    stack.executor(executor).kill();
    Run lost = stack.client().awaitRun(run.getId(), TestSession.PATIENCE);
    assertThat(lost.getEnd().getReason()).isEqualTo(EndReason.END_REASON_EXECUTOR_LOST);
    return session;
  }

  private void giveUp(TestSession session, String executor) {
    session.awaitFact("worker.lost");
    session.awaitFact("copy.abandoned");
    assertThat(session.get().getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVATING);
    assertThat(containers(executor)).isNotEmpty();
  }

  private Snapshot awaitRescue(TestSession session, String executor) {
    await("the rescue")
        .atMost(TestSession.PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .untilAsserted(() ->
            assertThat(session.snapshots(Snapshot.Kind.KIND_RESCUED))
                .as("%s%n%s", session.history(), stack.executor(executor).tail())
                .hasSize(1));
    Snapshot rescued = session.snapshots(Snapshot.Kind.KIND_RESCUED).getFirst();
    Snapshot saved = session.snapshots(Snapshot.Kind.KIND_NORMAL).getLast();
    assertThat(rescued.getFileCount()).isEqualTo(saved.getFileCount() + 1);
    assertThat(rescued.getLogicalBytes()).isEqualTo(saved.getLogicalBytes() + "work\n".length());
    return rescued;
  }

  private String containers(String executor) {
    return Shell.run(
            "docker", "ps", "-aq", "-f", "label=dev.berth.executor=" + stack.executorId(executor))
        .output();
  }
}
