package dev.berth.testing.fault;

import static org.awaitility.Awaitility.await;

import dev.berth.testing.stack.Stack;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Each part of Berth is killed with SIGKILL in the middle of a run: its watcher sees every line
 * once, in order, and the run succeeds.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KillTest {
  private final Stack stack;

  KillTest() {
    stack = Stack.start();
  }

  @AfterAll
  void stop() {
    stack.close();
  }

  @Test
  void everyLineIsSeenOnce_whenTheControlPlaneIsKilled() {
    try (var lines = NumberedLines.printing(stack, "plane")) {
      stack.plane().kill();
      lines.assertStillPrinting();
      stack.startPlane();
      lines.assertSeenOnceInOrder(1);
    }
  }

  @Test
  void everyLineIsSeenOnce_whenTheExecutorAgentIsKilled() {
    try (var lines = NumberedLines.printing(stack, "agent")) {
      stack.executor("local").kill();
      lines.assertStillPrinting();
      stack.startExecutor("local");
      lines.assertSeenOnceInOrder(0);
    }
  }

  @Test
  void everyLineIsSeenOnce_whenPostgresIsKilled() {
    try (var lines = NumberedLines.printing(stack, "database")) {
      long postmaster = stack.postmaster();
      stack.killPostgres();
      lines.assertStillPrinting();
      await("PostgreSQL is started again")
          .atMost(Duration.ofMinutes(1))
          .ignoreExceptions()
          .until(() -> stack.postmaster() != postmaster);
      lines.assertSeenOnceInOrder(0);
    }
  }

  @Test
  void everyInputIsGivenOnce_whenAgentAndControlPlaneAreKilled_whileItIsSent() throws Exception {
    try (var lines = GivenLines.to(stack, "given")) {
      for (int i = 0; i < 2; i++) {
        stack.executor("local").kill();
        stack.startExecutor("local");
        lines.awaitSeen(lines.seen() + 100);
      }
      lines.assertStillSending();
      stack.plane().kill();
      stack.startPlane();
      stack.executor("local").kill();
      stack.startExecutor("local");
      lines.assertGivenOnceInOrder();
    }
  }
}
