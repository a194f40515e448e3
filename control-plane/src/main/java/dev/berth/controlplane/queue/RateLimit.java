package dev.berth.controlplane.queue;

import java.time.Duration;

/** At most {@code tokens} starts within any {@code period}; 0 is no bound. */
public record RateLimit(int tokens, Duration period) {
  static final RateLimit NONE = new RateLimit(0, Duration.ofMinutes(1));
}
