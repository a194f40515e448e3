package dev.berth.testing.soak;

import dev.berth.testing.stack.Shell;
import dev.berth.testing.stack.Stack;

/** Kills a part of a stack with SIGKILL and starts it again. */
final class Faults {
  static final int KINDS = 3;

  private final Stack stack;

  Faults(Stack stack) {
    this.stack = stack;
  }

  /** Answers what it did. */
  String one(int kind) {
    switch (kind) {
      case 0 -> {
        stack.plane().kill();
        stack.startPlane();
        return ", control plane killed";
      }
      case 1 -> {
        stack.executor("local").kill();
        stack.startExecutor("local");
        return ", executor agent killed";
      }
      default -> {
        Shell.run("kill", "-9", String.valueOf(stack.postmaster()));
        return ", PostgreSQL killed";
      }
    }
  }
}
