package dev.berth.controlplane.workspace;

import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.session.Session;
import java.time.Duration;

/** How file calls are refused. */
final class WorkspaceErrors {

  private static final Duration RETRY = Duration.ofSeconds(2);

  private WorkspaceErrors() {}

  static BerthException path(String field, String problem) {
    return CommonErrors.fieldInvalid(field, problem);
  }

  static BerthException startMissing() {
    return CommonErrors.fieldInvalid("start", "must be the first message, and only that");
  }

  static BerthException notReady(Session session) {
    String why = session.status().message();
    return BerthException.of(
            ErrorReason.SESSION_NOT_READY,
            "session %s is %s%s"
                .formatted(session.id(), session.status().state(), why.isEmpty() ? "" : ": " + why))
        .with("id", session.id())
        .with("state", session.status().state())
        .retryAfter(RETRY);
  }

  /** The session was given up; a lost or damaged object is told as what it is. */
  static BerthException activationFailed(Session session) {
    String reason = session.status().reason();
    boolean corrupt = reason.equals(ErrorReason.OBJECT_CORRUPT.name());
    BerthException refusal =
        BerthException.of(
                corrupt ? ErrorReason.OBJECT_CORRUPT : ErrorReason.ACTIVATION_FAILED,
                "session %s could not be activated: %s"
                    .formatted(session.id(), session.status().message()))
            .with("id", session.id())
            .with("cause", reason);
    var head = session.headSnapshotId();
    return corrupt && head != null ? refusal.with("snapshot_id", head) : refusal;
  }

  static BerthException state(Session session, String why) {
    return BerthException.of(
            ErrorReason.SESSION_STATE,
            "session " + session.id() + " is " + session.status().state() + ": " + why)
        .with("id", session.id())
        .with("state", session.status().state());
  }

  static BerthException syncFailed(String error) {
    return BerthException.of(
            ErrorReason.STORE_UNAVAILABLE,
            "the workspace could not be saved: " + error + "; Berth tries again by itself")
        .retryAfter(RETRY);
  }

  static BerthException workerLost() {
    return BerthException.of(
            ErrorReason.EXECUTOR_UNREACHABLE, "the session's worker went away meanwhile")
        .retryAfter(RETRY);
  }
}
