package dev.berth.executor.process;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** What other threads want of an attempt's thread, and its sleep until there is something. */
final class Inbox {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private boolean signalled;
  private volatile boolean grown;
  private volatile boolean discarded;
  private volatile boolean closed;
  private @Nullable StopReason stop;
  private Duration grace = Duration.ZERO;

  /** Something changed that the attempt's thread should see now. */
  void signal() {
    lock.lock();
    try {
      signalled = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /**
   * More may have been written; not acted on before the next batch is due, since a flood says so
   * all the time.
   */
  void grown() {
    if (grown) {
      return;
    }
    lock.lock();
    try {
      grown = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** The first reason stands. */
  void stop(StopReason reason, Duration within) {
    lock.lock();
    try {
      if (stop == null) {
        stop = reason;
        grace = within;
      }
    } finally {
      lock.unlock();
    }
    signal();
  }

  Optional<StopReason> stop() {
    lock.lock();
    try {
      return Optional.ofNullable(stop);
    } finally {
      lock.unlock();
    }
  }

  Duration grace() {
    lock.lock();
    try {
      return grace;
    } finally {
      lock.unlock();
    }
  }

  void discard() {
    discarded = true;
    signal();
  }

  boolean discarded() {
    return discarded;
  }

  void close() {
    closed = true;
    signal();
  }

  /**
   * Sleeps until signalled, or at most so long.
   *
   * @param growthFrom from when on growth counts as a signal, by {@link System#nanoTime}
   * @return true where the agent closes
   */
  boolean await(long nanos, long growthFrom) throws InterruptedException {
    lock.lock();
    try {
      var wait = nanos;
      while (!signalled && !closed && wait > 0 && !(grown && System.nanoTime() - growthFrom >= 0)) {
        wait = changed.awaitNanos(grown ? Math.min(wait, growthFrom - System.nanoTime()) : wait);
      }
      signalled = false;
      grown = false;
      return closed;
    } finally {
      lock.unlock();
    }
  }
}
