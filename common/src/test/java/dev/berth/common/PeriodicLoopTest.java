package dev.berth.common;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class PeriodicLoopTest {
  private static final Duration NEVER = Duration.ofHours(1);

  @Test
  void start_runsOneStepAtOnce() throws Exception {
    Semaphore steps = new Semaphore(0);
    try (PeriodicLoop loop = new PeriodicLoop("t", NEVER, steps::release)) {
      loop.start();
      assertThat(steps.tryAcquire(5, SECONDS)).isTrue();
    }
  }

  @Test
  void wake_runsAnotherStepBeforeTheInterval() throws Exception {
    Semaphore steps = new Semaphore(0);
    try (PeriodicLoop loop = new PeriodicLoop("t", NEVER, steps::release)) {
      loop.start();
      assertThat(steps.tryAcquire(5, SECONDS)).isTrue();
      loop.wake();
      assertThat(steps.tryAcquire(5, SECONDS)).isTrue();
    }
  }

  @Test
  void wakesDuringAStep_causeExactlyOneMore() throws Exception {
    Semaphore begun = new Semaphore(0);
    Semaphore mayEnd = new Semaphore(0);
    try (PeriodicLoop loop =
        new PeriodicLoop(
            "t",
            NEVER,
            () -> {
              begun.release();
              mayEnd.acquire();
            })) {
      loop.start();
      assertThat(begun.tryAcquire(5, SECONDS)).isTrue();
      loop.wake();
      loop.wake();
      loop.wake();
      mayEnd.release(2);
      assertThat(begun.tryAcquire(5, SECONDS)).isTrue();
      assertThat(begun.tryAcquire(50, java.util.concurrent.TimeUnit.MILLISECONDS)).isFalse();
      mayEnd.release(10);
    }
  }

  @Test
  void wakesDuringTheRest_areHeldBackUntilItIsOver() throws Exception {
    Semaphore steps = new Semaphore(0);
    Duration rest = Duration.ofMillis(300);
    try (PeriodicLoop loop = new PeriodicLoop("t", NEVER, rest, steps::release)) {
      loop.start();
      assertThat(steps.tryAcquire(5, SECONDS)).isTrue();
      loop.wake();
      assertThat(steps.tryAcquire(50, java.util.concurrent.TimeUnit.MILLISECONDS)).isFalse();
      assertThat(steps.tryAcquire(5, SECONDS)).isTrue();
    }
  }

  @Test
  void aFailingStep_doesNotEndTheLoop() throws Exception {
    AtomicInteger steps = new AtomicInteger();
    CountDownLatch third = new CountDownLatch(3);
    try (PeriodicLoop loop =
        new PeriodicLoop(
            "t",
            Duration.ofMillis(1),
            () -> {
              third.countDown();
              if (steps.incrementAndGet() < 3) {
                throw new IllegalStateException("step " + steps.get());
              }
            })) {
      loop.start();
      assertThat(third.await(5, SECONDS)).isTrue();
    }
  }

  @Test
  void startTwice_isStartOnce() throws Exception {
    Semaphore steps = new Semaphore(0);
    try (PeriodicLoop loop = new PeriodicLoop("t", NEVER, steps::release)) {
      loop.start();
      loop.start();
      assertThat(steps.tryAcquire(5, SECONDS)).isTrue();
      assertThat(steps.tryAcquire(50, java.util.concurrent.TimeUnit.MILLISECONDS)).isFalse();
    }
  }

  @Test
  void stopBeforeStart_makesStartDoNothing() throws Exception {
    Semaphore steps = new Semaphore(0);
    PeriodicLoop loop = new PeriodicLoop("t", NEVER, steps::release);
    assertThat(loop.stop(Duration.ZERO)).isTrue();
    loop.start();
    assertThat(steps.tryAcquire(50, java.util.concurrent.TimeUnit.MILLISECONDS)).isFalse();
  }

  @Test
  void stopTwice_isStopOnce() throws Exception {
    PeriodicLoop loop = new PeriodicLoop("t", NEVER, () -> {});
    loop.start();
    assertThat(loop.stop(Duration.ofSeconds(5))).isTrue();
    assertThat(loop.stop(Duration.ofSeconds(5))).isTrue();
  }

  @Test
  void stop_waitsForTheStepUnderWay_thenInterruptsIt() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    PeriodicLoop loop =
        new PeriodicLoop(
            "t",
            NEVER,
            () -> {
              begun.countDown();
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
              }
            });
    loop.start();
    assertThat(begun.await(5, SECONDS)).isTrue();
    assertThat(loop.stop(Duration.ofMillis(20))).isTrue();
    assertThat(interrupted.await(5, SECONDS)).isTrue();
  }
}
