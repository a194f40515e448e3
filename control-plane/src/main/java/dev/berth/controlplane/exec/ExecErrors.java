package dev.berth.controlplane.exec;

import dev.berth.common.Id.ExecId;
import dev.berth.common.Id.ExecutorId;
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

  static BerthException unsupported(ExecutorId executor) {
    return BerthException.of(
            ErrorReason.EXEC_UNSUPPORTED,
            "the agent of executor " + executor + " is of a version without execs")
        .with("executor_id", executor);
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
    return silent("the executor has not started exec " + exec.id() + " yet");
  }

  static BerthException notEnded(Exec exec) {
    return silent("the executor has not said yet how exec " + exec.id() + " ended");
  }

  private static BerthException silent(String what) {
    return BerthException.of(ErrorReason.EXECUTOR_UNREACHABLE, what).retryAfter(RETRY);
  }

  static BerthException firstMissing() {
    return CommonErrors.fieldInvalid("start", "or attach must be the first message, and only that");
  }
}
