package dev.berth.controlplane.session;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.errors.ErrorReason;
import java.time.Duration;

/** How calls about sessions are refused. */
public final class SessionErrors {
  private SessionErrors() {}

  public static BerthException notFound(SessionId id) {
    return CommonErrors.notFound("session", id);
  }

  static BerthException nameTaken(String name, SessionId by) {
    return CommonErrors.nameTaken("session", name, by);
  }

  static BerthException etagStale(Session session) {
    return CommonErrors.etagStale("session", session.id());
  }

  /** {@code why} goes on behind the state: "it is deleted". */
  public static BerthException state(Session session, String why) {
    return BerthException.of(
            ErrorReason.SESSION_STATE,
            "session " + session.id() + " is " + session.status().state() + ": " + why)
        .with("state", session.status().state())
        .with("id", session.id());
  }

  static BerthException notStopped(Session session) {
    return BerthException.of(
            ErrorReason.SESSION_NOT_READY,
            "session "
                + session.id()
                + " is not saved and stopped yet: "
                + session.status().state())
        .with("id", session.id())
        .with("state", session.status().state())
        .retryAfter(Duration.ofSeconds(2));
  }

  static BerthException asleep(Session session) {
    return state(session, "it does not resume by itself (auto_resume); activate it first");
  }

  static BerthException unsavedWork(Session session) {
    return BerthException.of(
            ErrorReason.UNSAVED_WORK,
            "a disk holds work of session " + session.id() + " that no snapshot has")
        .with("id", session.id());
  }
}
