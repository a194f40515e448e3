package dev.berth.testing.fault;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.Snapshot;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A session whose container and disk vanish goes on from what was saved. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LossTest {
  private static final String EXECUTOR = "local";

  private final Stack stack = Stack.start();

  @AfterAll
  void stop() {
    stack.close();
  }

  /** In which order the two are lost, and whether anybody looks in between. */
  enum Loss {
    DISK_THEN_CONTAINER_SEEN {
      @Override
      void of(TestSession session, String container) {
        session.removeDisk(EXECUTOR);
        session.awaitFact("copy.missing");
        TestSession.removeContainer(container);
      }
    },
    CONTAINER_SEEN_THEN_DISK {
      @Override
      void of(TestSession session, String container) {
        TestSession.removeContainer(container);
        session.awaitFact("worker.lost");
        session.removeDisk(EXECUTOR);
      }
    },
    CONTAINER_THEN_DISK_AT_ONCE {
      @Override
      void of(TestSession session, String container) {
        TestSession.removeContainer(container);
        session.removeDisk(EXECUTOR);
      }
    },
    DISK_THEN_CONTAINER_AT_ONCE {
      @Override
      void of(TestSession session, String container) {
        session.removeDisk(EXECUTOR);
        TestSession.removeContainer(container);
      }
    },
    FILES_ONLY {
      @Override
      void of(TestSession session, String container) {
        session.removeFiles(EXECUTOR);
        session.awaitFact("worker.lost");
      }
    },
    WHILE_STOPPED {
      @Override
      void of(TestSession session, String container) {
        session.stopAndWait();
        session.removeDisk(EXECUTOR);
        TestSession.removeContainer(container);
      }
    };

    abstract void of(TestSession session, String container);
  }

  @ParameterizedTest
  @EnumSource
  void theNextRunGetsANewWorkerWithTheSavedFiles_andHistorySaysSo(Loss loss) {
    TestSession session = TestSession.create(stack, "loss-" + loss.ordinal());
    session.run("echo saved > kept");
    Snapshot head = session.sync();
    assertThat(session.get().getHeadSnapshotId()).isEqualTo(head.getId());
    boolean stopped = loss == Loss.WHILE_STOPPED;
    if (!stopped) {
      session.write("later", ByteString.copyFromUtf8("unsaved"));
      assertThat(session.get().getUnsavedWork()).isTrue();
    }
    String before = session.get().getWorkerId();
    assertThat(session.worker().getDiskUsedBytes()).isPositive();

    loss.of(session, session.worker().getContainerRef());

    assertThat(session.run("cat kept && test ! -e later")).isEqualTo("saved\n");
    assertThat(session.get().getWorkerId()).isNotEqualTo(before);
    assertThat(session.history()).contains(stopped ? "worker.stopped" : "worker.lost");
    assertThat(session.facts("copy.missing"))
        .singleElement()
        .satisfies(missing -> {
          assertThat(missing.getAttributes().getFieldsOrThrow("unsaved").getBoolValue())
              .isEqualTo(!stopped);
          assertThat(missing.getAttributes().getFieldsOrThrow("last_snapshot_id").getStringValue())
              .isEqualTo(head.getId());
        });
  }
}
