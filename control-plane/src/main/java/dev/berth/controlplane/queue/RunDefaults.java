package dev.berth.controlplane.queue;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What runs of a queue get that say nothing of it themselves.
 *
 * @param maxAttempts 0 is one
 * @param retry null: the usual
 * @param retention how long runs are kept once they have ended; null: as the installation keeps
 *     them
 */
public record RunDefaults(
    int maxAttempts, @Nullable RetryRule retry, @Nullable Duration retention) {
  static final RunDefaults NONE = new RunDefaults(0, null, null);
}
