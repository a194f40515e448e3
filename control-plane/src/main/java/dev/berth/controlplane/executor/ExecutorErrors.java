package dev.berth.controlplane.executor;

import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.errors.ErrorReason;
import java.time.Duration;

/** How executors are refused. */
final class ExecutorErrors {
  private ExecutorErrors() {}

  static BerthException storeOnLoopback() {
    return BerthException.of(
        ErrorReason.STORE_ON_LOOPBACK,
        "the object store listens on the control plane's loopback, which this executor cannot"
            + " reach: give the control plane a store that both reach (BERTH_STORE_ENDPOINT), or"
            + " run the executor on its host");
  }

  static BerthException protocolVersion(int oldest, int newest) {
    return BerthException.of(
            ErrorReason.PROTOCOL_VERSION,
            "the executor speaks protocol versions %d to %d, this control plane %d to %d"
                .formatted(oldest, newest, LinkService.OLDEST_PROTOCOL, LinkService.PROTOCOL))
        .with("oldest", LinkService.OLDEST_PROTOCOL)
        .with("newest", LinkService.PROTOCOL);
  }

  static BerthException deleted(Executor executor) {
    return BerthException.of(
            ErrorReason.EXECUTOR_STATE, "executor " + executor.name() + " is deleted")
        .with("state", executor.state())
        .with("id", executor.id());
  }

  /** A credential that was remembered outlives its executor by seconds. */
  static BerthException revoked() {
    return BerthException.of(ErrorReason.CREDENTIAL_INVALID, "the executor was deleted");
  }

  static BerthException superseded() {
    return BerthException.of(
        ErrorReason.LINK_SUPERSEDED, "another Connect stream of this executor has taken over");
  }

  /** The lease ran out although the stream is open: the agent says Hello again. */
  static BerthException leaseOver() {
    return BerthException.of(
            ErrorReason.LINK_SUPERSEDED, "the lease of this link is over: connect again")
        .retryAfter(Duration.ofMillis(100));
  }

  static BerthException notGreeted() {
    return CommonErrors.fieldInvalid("message", "must be hello first and once");
  }

  static BerthException tooMuch() {
    return BerthException.of(
            ErrorReason.QUOTA_REACHED, "more reports than can be written down: connect again")
        .retryAfter(Duration.ofSeconds(1));
  }

  static BerthException foreignExecutor() {
    return CommonErrors.fieldInvalid("hello.executor_id", "is not the credential's");
  }

  static BerthException tokenUsed() {
    return BerthException.of(
        ErrorReason.CREDENTIAL_INVALID, "the enrolment token was used by another executor");
  }
}
