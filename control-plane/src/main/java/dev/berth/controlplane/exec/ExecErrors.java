package dev.berth.controlplane.exec;

import dev.berth.common.Id.ExecId;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.errors.ErrorReason;
import java.time.Duration;

/** How calls about execs are refused. */
final class ExecErrors {

  private static final Duration RETRY = Duration.ofSeconds(2);

  private ExecErrors() {}

  static BerthException notFound(ExecId id) {
    return CommonErrors.notFound("exec", id);
  }

  static BerthException limit(int most) {
    return BerthException.of(
            ErrorReason.EXEC_LIMIT, most + " execs run in the session, and no more may")
        .retryAfter(RETRY);
  }

  static BerthException ended(Exec exec) {
    return BerthException.of(
            ErrorReason.EXEC_STATE, "exec " + exec.id() + " is " + exec.status().state())
        .with("id", exec.id())
        .with("state", exec.status().state());
  }

  static BerthException notStarted(Exec exec) {
    return BerthException.of(
            ErrorReason.EXECUTOR_UNREACHABLE,
            "the executor has not started exec " + exec.id() + " yet")
        .retryAfter(RETRY);
  }

  static BerthException firstMissing() {
    return CommonErrors.fieldInvalid("start", "or attach must be the first message, and only that");
  }
}
