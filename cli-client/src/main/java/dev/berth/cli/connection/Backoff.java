package dev.berth.cli.connection;

import dev.berth.common.RetryPolicy;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Pauses between tries, each longer than the one before, up to 5 s. For one thread. */
public final class Backoff {
  private final CountDownLatch never = new CountDownLatch(1);
  private int failures;

  /** Something worked: the next pause is a short one again. */
  public void reset() {
    failures = 0;
  }

  /** Waits; at once where the thread is interrupted, which it stays. */
  public void pause() {
    long nanos = RetryPolicy.RECONNECT.delay(++failures, ThreadLocalRandom.current()).toNanos();
    try {
      boolean opened = never.await(nanos, TimeUnit.NANOSECONDS);
      assert !opened;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
