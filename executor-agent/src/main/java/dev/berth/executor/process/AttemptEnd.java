package dev.berth.executor.process;

import java.util.OptionalInt;

/**
 * How an attempt ended.
 *
 * @param message a sentence for people
 * @param exitCode where the process ended by itself or by a signal; 128 + n for signal n
 * @param signal its number; 0 for none
 */
public record AttemptEnd(
    Outcome outcome, EndReason reason, String message, OptionalInt exitCode, int signal) {

  public enum Outcome {
    SUCCEEDED,
    FAILED,
    CANCELED
  }

  public static AttemptEnd failed(EndReason reason, String message) {
    return new AttemptEnd(Outcome.FAILED, reason, message, OptionalInt.empty(), 0);
  }
}
