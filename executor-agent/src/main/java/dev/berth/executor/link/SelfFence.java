package dev.berth.executor.link;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Acts before the control plane may give this executor's workers to others: unheard for {@code
 * lost_after} less a margin, by the agent's own monotonic clock, it calls {@code fence} once; only
 * a welcome lifts that. A moment counts as heard when what was answered had been sent, not when the
 * answer came.
 */
final class SelfFence implements AutoCloseable {

  private static final Duration MARGIN = Duration.ofSeconds(5);

  private final LongSupplier nanos;
  private final ScheduledExecutorService timer;
  private final Runnable fence;
  private Duration lostAfter;
  private long heard;
  private boolean fenced;
  private boolean closed;
  private @Nullable ScheduledFuture<?> check;

  /**
   * @param lostAfter until a welcome says otherwise
   * @param fence may block; called on a thread of {@code timer}
   */
  SelfFence(
      LongSupplier nanos, ScheduledExecutorService timer, Duration lostAfter, Runnable fence) {
    this.nanos = nanos;
    this.timer = timer;
    this.lostAfter = lostAfter;
    this.fence = fence;
    this.heard = nanos.getAsLong();
    schedule();
  }

  /** The whole time between being heard last and the fence. */
  static Duration patience(Duration lostAfter) {
    var quarter = lostAfter.dividedBy(4);
    return lostAfter.minus(quarter.compareTo(MARGIN) < 0 ? quarter : MARGIN);
  }

  /** A heartbeat sent at that moment was answered. No more than a hint once fenced. */
  synchronized void heard(long sentNanos) {
    if (!fenced && sentNanos - heard > 0) {
      heard = sentNanos;
      schedule();
    }
  }

  /** A hello sent at that moment was welcomed. */
  synchronized void welcomed(long sentNanos, Duration newLostAfter) {
    lostAfter = newLostAfter;
    heard = sentNanos;
    fenced = false;
    schedule();
  }

  synchronized boolean fenced() {
    return fenced;
  }

  private void look() {
    synchronized (this) {
      if (fenced || closed) {
        return;
      }
      if (remainingNanos() > 0) {
        schedule();
        return;
      }
      fenced = true;
    }
    fence.run();
  }

  private long remainingNanos() {
    return heard + patience(lostAfter).toNanos() - nanos.getAsLong();
  }

  private void schedule() {
    if (check != null) {
      check.cancel(false);
    }
    if (!closed) {
      check = timer.schedule(this::look, Math.max(0, remainingNanos()), TimeUnit.NANOSECONDS);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (check != null) {
      check.cancel(false);
    }
  }
}
