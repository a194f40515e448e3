package dev.berth.controlplane.run;

import dev.berth.common.Id.AttemptId;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Something a run is given, as a client named it.
 *
 * @param data of DATA, else empty
 * @param signal of SIGNAL without SIG, else empty
 * @param told of ANSWER, else null
 */
@SuppressWarnings("ArrayRecordComponent")
record RunInput(String id, Kind kind, byte[] data, String signal, @Nullable Told told) {

  enum Kind {
    DATA,
    CLOSE,
    SIGNAL,
    CANCEL,
    ANSWER,
    INTERRUPT;

    /** Whether it is for the attempt alone that is under way when it is recorded. */
    boolean ofAttempt() {
      return this == SIGNAL || ofAgent();
    }

    boolean ofAgent() {
      return this == ANSWER || this == INTERRUPT;
    }
  }

  /** Whether both ask for the same. */
  boolean sameBody(RunInput other) {
    return kind == other.kind
        && signal.equals(other.signal)
        && Arrays.equals(data, other.data)
        && Objects.equals(told, other.told);
  }

  /**
   * One that is recorded.
   *
   * @param position of DATA in the standard input
   * @param attempt the only one it is for, where it is for one
   * @param failure why it cannot be given, else empty
   */
  record Recorded(
      RunInput input, long seq, long position, @Nullable AttemptId attempt, String failure) {}

  /** How one stands: {@code failure} not empty where it can never be given. */
  record Standing(long seq, boolean given, String failure) {}
}
