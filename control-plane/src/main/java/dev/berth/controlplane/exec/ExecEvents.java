package dev.berth.controlplane.exec;

import dev.berth.controlplane.event.NewEvent;
import dev.berth.controlplane.platform.auth.Actor;
import java.util.Map;

/** Facts in the history of sessions. Their types and attributes stand in docs/EVENTS.md. */
final class ExecEvents {

  private static final Actor LIFECYCLE = Actor.system("exec");

  private ExecEvents() {}

  static NewEvent created(Exec exec, String traceId) {
    return fact(
        exec,
        exec.createdBy(),
        "exec.created",
        "Started in the session",
        Map.of("program", exec.spec().command().getFirst(), "tty", exec.spec().tty()),
        traceId);
  }

  static NewEvent ended(Exec exec, Exec.Status end) {
    Integer code = end.exitCode();
    return code == null
        ? fact(exec, LIFECYCLE, "exec.lost", end.message(), Map.of("reason", end.reason()), "")
        : fact(exec, LIFECYCLE, "exec.exited", "Exit code " + code, Map.of("exit_code", code), "");
  }

  private static NewEvent fact(
      Exec exec,
      Actor actor,
      String type,
      String message,
      Map<String, Object> attributes,
      String traceId) {
    return new NewEvent(
        exec.projectId(),
        type,
        "exec",
        exec.id().toString(),
        exec.place().session(),
        message,
        attributes,
        actor,
        traceId);
  }
}
