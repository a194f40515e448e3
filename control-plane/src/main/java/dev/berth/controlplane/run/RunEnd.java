package dev.berth.controlplane.run;

import org.jspecify.annotations.Nullable;

/**
 * Why and how an attempt or run ended. {@code exitCode} is set where the process ended by itself or
 * by a signal (128 + n for signal n); {@code signal} is 0 for none.
 */
public record RunEnd(EndReason reason, String message, @Nullable Integer exitCode, int signal) {

  /** An end that no process had a part in. */
  static RunEnd of(EndReason reason, String message) {
    return new RunEnd(reason, message, null, 0);
  }
}
