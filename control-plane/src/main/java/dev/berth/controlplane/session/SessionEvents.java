package dev.berth.controlplane.session;

import dev.berth.controlplane.event.NewEvent;
import dev.berth.controlplane.platform.auth.Actor;
import java.util.Locale;
import java.util.Map;

/** Facts in the history of sessions. Their types and attributes stand in docs/EVENTS.md. */
final class SessionEvents {
  private SessionEvents() {}

  static NewEvent fact(
      Session session, Actor actor, String type, String message, Map<String, Object> attributes) {
    return new NewEvent(
        session.projectId(),
        type,
        "session",
        session.id().toString(),
        session.id(),
        message,
        attributes,
        actor,
        session.lineage().traceId());
  }

  /** {@code session.activating}, {@code session.active}, … */
  static NewEvent became(
      Session session, Actor actor, SessionState state, String reason, String message) {
    return fact(
        session,
        actor,
        "session." + state.name().toLowerCase(Locale.ROOT),
        message.isEmpty() ? sentence(state) : message,
        Map.of("from", session.status().state().name(), "reason", reason));
  }

  /** {@code session.wished}: somebody wants another state. */
  static NewEvent wished(
      Session session, Actor actor, DesiredState desired, boolean removeCopy, boolean force) {
    return fact(
        session,
        actor,
        "session.wished",
        "Wished " + desired,
        Map.of("desired", desired.name(), "remove_copy", removeCopy, "force", force));
  }

  private static String sentence(SessionState state) {
    return switch (state) {
      case STOPPED -> "Stopped";
      case ACTIVATING -> "A worker is being placed and made";
      case ACTIVE -> "A worker is ready";
      case STOPPING -> "Its files are being saved and its worker stopped";
      case DELETING -> "Its worker and its disk are being removed";
      case DELETED -> "Deleted";
    };
  }
}
