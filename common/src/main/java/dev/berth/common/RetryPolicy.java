package dev.berth.common;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Exponential backoff with jitter.
 *
 * @param first upper bound of the first delay; each further one doubles
 * @param longest upper bound of any delay
 */
public record RetryPolicy(Duration first, Duration longest) {

  /** How executors dial again: 100 ms to 5 s. */
  public static final RetryPolicy RECONNECT =
      new RetryPolicy(Duration.ofMillis(100), Duration.ofSeconds(5));

  public RetryPolicy {
    if (first.isNegative() || first.isZero() || longest.compareTo(first) < 0) {
      throw new IllegalArgumentException("needs 0 < first <= longest");
    }
  }

  /**
   * How long to wait after {@code failures} failures in a row: between half of the bound and the
   * bound, so that those who failed together do not come back together.
   */
  public Duration delay(int failures, RandomGenerator random) {
    if (failures < 1) {
      return Duration.ZERO;
    }
    var bound = longest.toNanos();
    if (failures < 32) {
      var doubled = first.toNanos() << (failures - 1);
      if (doubled > 0 && doubled >> (failures - 1) == first.toNanos()) {
        bound = Math.min(bound, doubled);
      }
    }
    return Duration.ofNanos(bound / 2 + random.nextLong(bound / 2 + 1));
  }
}
