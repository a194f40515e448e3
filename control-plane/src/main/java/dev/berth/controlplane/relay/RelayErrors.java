package dev.berth.controlplane.relay;

import dev.berth.common.Id.CommandId;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.executor.v1.Failure;
import dev.berth.executor.v1.RelayRequest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/** How relays are refused. */
final class RelayErrors {

  private static final Duration RETRY = Duration.ofSeconds(2);

  private RelayErrors() {}

  /** The command that a stream's first message names; INVALID_ARGUMENT for any other message. */
  static CommandId command(RelayRequest first) {
    try {
      return CommandId.parse(first.getOpen().getCommandId());
    } catch (IllegalArgumentException e) {
      throw CommonErrors.fieldInvalid("open.command_id", "must come first and be a command's id");
    }
  }

  static BerthException unreachable() {
    return BerthException.of(
            ErrorReason.EXECUTOR_UNREACHABLE,
            "the executor that holds the session's worker does not answer")
        .retryAfter(RETRY);
  }

  /**
   * What an executor's failure means to the client. Its reasons are names of {@code ErrorReason};
   * one that is not known here is judged by its class alone.
   */
  static BerthException of(Failure failure) {
    return of(
        failure.getReason(),
        failure.getMessage(),
        failure.getClass_() == Failure.Class.CLASS_PERMANENT);
  }

  /** As for a failure of which only the reason was kept. */
  static BerthException of(String reason) {
    return of(reason, "", false);
  }

  private static BerthException of(String reason, String message, boolean permanent) {
    String sentence = message.isBlank() ? "the executor could not do it: " + reason : message;
    Optional<ErrorReason> known =
        Arrays.stream(ErrorReason.values()).filter(r -> r.name().equals(reason)).findAny();
    if (known.isEmpty()) {
      return permanent
          ? BerthException.of(ErrorReason.INTERNAL, sentence)
          : BerthException.of(ErrorReason.EXECUTOR_UNREACHABLE, sentence).retryAfter(RETRY);
    }
    BerthException refusal = BerthException.of(known.get(), sentence);
    return switch (known.get().code()) {
      case UNAVAILABLE -> refusal.retryAfter(RETRY);
      case INVALID_ARGUMENT -> refusal.violation("path", sentence);
      default -> refusal;
    };
  }
}
