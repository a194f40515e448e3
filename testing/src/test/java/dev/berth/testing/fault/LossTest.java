package dev.berth.testing.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.stack.Stack;
import dev.berth.v1.Snapshot;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A session whose container and disk vanish goes on from what was saved. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LossTest {
  private final Stack stack = Stack.start();

  @AfterAll
  void stop() {
    stack.close();
  }

  @Test
  void theNextRunGetsANewWorkerWithTheSavedFiles_onceTheLossWasSeen() {
    TestSession session = saved("seen");
    String before = session.get().getWorkerId();
    session.destroyBehindBerthsBack("local");
    session.awaitFact("worker.lost");
    session.awaitFact("copy.missing");

    assertThat(session.run("cat kept && test ! -e later")).isEqualTo("saved\n");
    assertThat(session.get().getWorkerId()).isNotEqualTo(before);
    assertThat(session.history())
        .containsSubsequence("worker.ready", "workspace.synced", "worker.lost", "worker.ready");
  }

  @Test
  void theNextRunGetsANewWorkerWithTheSavedFiles_rightAfterTheLoss() {
    TestSession session = saved("unseen");
    String before = session.get().getWorkerId();
    session.destroyBehindBerthsBack("local");

    assertThat(session.run("cat kept")).isEqualTo("saved\n");
    assertThat(session.get().getWorkerId()).isNotEqualTo(before);
    assertThat(session.history()).contains("worker.lost", "copy.missing");
  }

  private TestSession saved(String name) {
    TestSession session = TestSession.create(stack, name);
    session.run("echo saved > kept");
    Snapshot head = session.sync();
    assertThat(session.get().getHeadSnapshotId()).isEqualTo(head.getId());
    return session;
  }
}
