package dev.berth.common;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Makes UUIDv7 values (RFC 9562, section 5.7): 48 bits of Unix milliseconds from the clock, then
 * random bits. Values of one source strictly increase, also within a millisecond and when its clock
 * goes back (method 2 of section 6.2: the random part counts up). Safe for use by many threads.
 */
public final class IdSource {
  private static final long RANDOM_LOW_MASK = (1L << 62) - 1;

  private final Clock clock;
  private final SecureRandom random = new SecureRandom();
  private final ReentrantLock lock = new ReentrantLock();
  private long millis;
  private long low;
  private int high;

  public IdSource(Clock clock) {
    this.clock = clock;
  }

  public UUID next() {
    lock.lock();
    try {
      advance(clock.millis());
      return new UUID((millis << 16) | 0x7000L | high, 0x8000000000000000L | low);
    } finally {
      lock.unlock();
    }
  }

  private void advance(long now) {
    if (now > millis) {
      millis = now;
      high = random.nextInt(1 << 12);
      low = random.nextLong() & RANDOM_LOW_MASK;
      return;
    }
    low += 1 + random.nextInt(Integer.MAX_VALUE);
    if (low > RANDOM_LOW_MASK) {
      low &= RANDOM_LOW_MASK;
      high++;
    }
    if (high == 1 << 12) {
      high = 0;
      millis++;
    }
  }
}
