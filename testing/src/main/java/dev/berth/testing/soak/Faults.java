package dev.berth.testing.soak;

import dev.berth.testing.stack.Program;
import dev.berth.testing.stack.Shell;
import dev.berth.testing.stack.Stack;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * What happens to the parts of a stack, one thing at a time. Each answers what it did. Safe for
 * many threads, as long as nobody else starts or kills parts.
 */
final class Faults {
  private static final String AGENT = "local";
  private static final int LONGEST_MILLIS = 1500;

  private final Stack stack;
  private CompletableFuture<?> frozen = CompletableFuture.completedFuture(null);

  Faults(Stack stack) {
    this.stack = stack;
  }

  /** Kills one with SIGKILL and starts it again. */
  synchronized String kill(Random random) {
    thaw();
    switch (random.nextInt(3)) {
      case 0 -> {
        stack.plane().kill();
        stack.startPlane();
        return "control plane killed";
      }
      case 1 -> {
        stack.executor(AGENT).kill();
        stack.startExecutor(AGENT);
        return "executor agent killed";
      }
      default -> {
        Shell.run("kill", "-9", String.valueOf(stack.postmaster()));
        return "PostgreSQL killed";
      }
    }
  }

  /** One stands still from now on, for a moment. */
  synchronized String freeze(Random random) {
    thaw();
    boolean plane = random.nextBoolean();
    int millis = random.nextInt(LONGEST_MILLIS);
    Program program = plane ? stack.plane() : stack.executor(AGENT);
    program.signal("STOP");
    frozen =
        CompletableFuture.runAsync(
            () -> program.signal("CONT"),
            CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS));
    return (plane ? "control plane" : "executor agent") + " frozen for " + millis + " ms";
  }

  synchronized void requireAlive() {
    if (!stack.plane().isAlive()) {
      throw new IllegalStateException("the control plane ended:\n" + stack.plane().tail());
    }
  }

  /** Waits until all go on. */
  synchronized void thaw() {
    frozen.join();
  }
}
