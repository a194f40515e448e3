package dev.berth.controlplane.worker;

import dev.berth.controlplane.event.NewEvent;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.session.Session;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Facts in the history of workers and copies. Types and attributes stand in docs/EVENTS.md. */
final class WorkerEvents {
  static final Actor LIFECYCLE = Actor.system("lifecycle");

  private WorkerEvents() {}

  /** {@code worker.creating}, {@code worker.ready}, {@code worker.lost}, … */
  static NewEvent became(
      Session session, Worker worker, WorkerState state, String reason, String message) {
    return new NewEvent(
        worker.projectId(),
        "worker." + state.name().toLowerCase(Locale.ROOT),
        "worker",
        worker.id().toString(),
        worker.sessionId(),
        message,
        Map.of(
            "executor_id", worker.executorId().toString(),
            "generation", worker.generation(),
            "reason", reason),
        LIFECYCLE,
        session.lineage().traceId());
  }

  /** A fact about a copy; {@code type} such as {@code copy.removed}. */
  static NewEvent copy(
      Session session, Copy copy, String type, String message, Map<String, Object> attributes) {
    Map<String, Object> all = new HashMap<>(attributes);
    all.put("executor_id", copy.executorId().toString());
    all.put("generation", copy.generation());
    all.put("unsaved", copy.dirty());
    return new NewEvent(
        session.projectId(),
        type,
        "copy",
        copy.sessionId() + "/" + copy.executorId(),
        copy.sessionId(),
        message,
        all,
        LIFECYCLE,
        session.lineage().traceId());
  }
}
