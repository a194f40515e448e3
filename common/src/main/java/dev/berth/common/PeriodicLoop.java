package dev.berth.common;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one step again and again on a virtual thread of its own: at once after {@link #start}, then
 * each time the interval has passed or {@link #wake} was called. Steps never overlap.
 *
 * <p>A step that throws is logged and does not end the loop; while steps fail, wakes are held back
 * by a pause that grows from 100 ms to the interval. Wakes are remembered, never queued: any number
 * of them during a step cause one more.
 *
 * <p>{@code start} and {@code stop} may be called by any thread in any order and more than once:
 * starting twice is starting once, stopping before the start makes the start do nothing, and a
 * stopped loop stays stopped.
 */
public final class PeriodicLoop implements AutoCloseable {

  /** What the loop does each time. */
  @FunctionalInterface
  public interface Step {
    void runOnce() throws Exception;
  }

  private static final Logger log = LoggerFactory.getLogger(PeriodicLoop.class);

  private final String name;
  private final Duration interval;
  private final Duration rest;
  private final Step step;
  private final RetryPolicy backoff;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private @Nullable Thread thread;
  private boolean woken;
  private boolean stopped;

  /**
   * {@code interval} is at least one millisecond; {@code name} names the thread and the log lines.
   */
  public PeriodicLoop(String name, Duration interval, Step step) {
    this(name, interval, Duration.ZERO, step);
  }

  /**
   * As {@link #PeriodicLoop(String, Duration, Step)}.
   *
   * @param rest how long wakes are held back after a step
   */
  public PeriodicLoop(String name, Duration interval, Duration rest, Step step) {
    if (interval.toMillis() < 1) {
      throw new IllegalArgumentException("the interval of " + name + " is under a millisecond");
    }
    this.name = name;
    this.interval = interval;
    this.rest = rest;
    this.step = step;
    Duration first = Duration.ofMillis(Math.min(100, interval.toMillis()));
    this.backoff = new RetryPolicy(first, interval);
  }

  public void start() {
    lock.lock();
    try {
      if (stopped || thread != null) {
        return;
      }
      thread = Thread.ofVirtual().name(name).start(this::loop);
    } finally {
      lock.unlock();
    }
  }

  /** Has the next step begin as soon as it may. Never blocks; cheap enough for any hot path. */
  public void wake() {
    lock.lock();
    try {
      woken = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Lets no further step begin, waits up to {@code grace} for the one under way, then interrupts
   * it.
   *
   * @return whether no step is under way any more
   */
  public boolean stop(Duration grace) throws InterruptedException {
    Thread running;
    lock.lock();
    try {
      stopped = true;
      changed.signalAll();
      running = thread;
    } finally {
      lock.unlock();
    }
    if (running == null || running == Thread.currentThread() || running.join(grace)) {
      return true;
    }
    running.interrupt();
    return running.join(Duration.ofSeconds(1));
  }

  /** Stops with a grace of five seconds. */
  @Override
  public void close() {
    try {
      if (!stop(Duration.ofSeconds(5))) {
        log.warn("{}: a step does not end although interrupted", name);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void loop() {
    int failures = 0;
    while (begins()) {
      try {
        step.runOnce();
        failures = 0;
      } catch (InterruptedException e) {
        log.debug("{}: interrupted", name);
      } catch (Exception | LinkageError | AssertionError e) {
        failures++;
        if (failures == 1) {
          log.warn("{}: step failed", name, e);
        } else {
          log.warn("{}: step failed, {} in a row: {}", name, failures, e.toString());
        }
      }
      if (!rest(failures)) {
        return;
      }
    }
  }

  private boolean begins() {
    lock.lock();
    try {
      woken = false;
      return !stopped;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for the interval or a wake that comes after the rest, after failures for their pause
   * whatever wakes; false when stopped.
   */
  private boolean rest(int failures) {
    long held =
        failures == 0
            ? rest.toNanos()
            : backoff.delay(failures, ThreadLocalRandom.current()).toNanos();
    long open = failures == 0 ? interval.toNanos() - held : 0;
    lock.lock();
    try {
      while (!stopped && held > 0) {
        held = awaitChange(held);
      }
      while (!stopped && open > 0 && !woken) {
        open = awaitChange(open);
      }
      return !stopped;
    } finally {
      lock.unlock();
    }
  }

  private long awaitChange(long nanos) {
    try {
      return changed.awaitNanos(nanos);
    } catch (InterruptedException e) {
      return stopped ? 0 : nanos;
    }
  }
}
