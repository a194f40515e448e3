package dev.berth.controlplane.platform.loop;

/**
 * Something to be done at each start after the schema is in place and before the listeners open.
 * Runs on every replica, also at the same time: make it idempotent. What it throws ends the start.
 */
public interface StartTask {
  void run();

  /** Lower runs earlier; 0 by default. */
  default int order() {
    return 0;
  }
}
