package dev.berth.executor.container;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Waits for what nobody signals: states of an engine or of the kernel that can only be looked at.
 */
public final class Await {

  private static final long FIRST_NANOS = 1_000_000;
  private static final long LONGEST_NANOS = 100_000_000;

  private Await() {}

  /**
   * Looks at once, then after 1, 2, 4 … at most 100 ms. False when {@code limit} has passed or the
   * thread is interrupted, whose interrupt status stays set.
   */
  public static boolean until(Duration limit, BooleanSupplier reached) {
    var end = System.nanoTime() + limit.toNanos();
    var pause = FIRST_NANOS;
    while (!reached.getAsBoolean()) {
      if (System.nanoTime() - end >= 0 || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(pause);
      pause = Math.min(pause * 2, LONGEST_NANOS);
    }
    return true;
  }
}
