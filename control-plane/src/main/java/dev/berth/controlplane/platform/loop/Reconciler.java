package dev.berth.controlplane.platform.loop;

import java.time.Duration;
import java.util.List;

/**
 * A rule that brings about what rows say should be. Every replica runs every one; {@link #runOnce}
 * takes what it works on with {@code FOR UPDATE SKIP LOCKED} or a conditional update, so that two
 * at once do no harm. The interval alone is enough for correctness; topics of {@code Notifications}
 * only wake it earlier.
 */
public interface Reconciler {

  /** For thread and log: {@code sessions}, {@code leases}. */
  String name();

  Duration interval();

  /** One step; callable by hand in tests. Exceptions are logged and the step is tried again. */
  void runOnce();

  /**
   * How long hints wait after a step; for rules that nobody waits for, so that a burst of hints
   * does not have them look again and again.
   */
  default Duration rest() {
    return Duration.ZERO;
  }

  /** Topics that wake it. */
  default List<String> topics() {
    return List.of();
  }
}
