package dev.berth.controlplane.executor;

import dev.berth.controlplane.event.NewEvent;
import dev.berth.controlplane.platform.auth.Actor;
import java.util.Map;

/** Facts in the history of executors. Their types stand in docs/EVENTS.md. */
final class ExecutorEvents {
  private ExecutorEvents() {}

  static NewEvent fact(Executor executor, Actor actor, String type, String message) {
    return new NewEvent(
        executor.projectId(),
        type,
        "executor",
        executor.id().toString(),
        null,
        message,
        Map.of("name", executor.name(), "link_epoch", executor.link().epoch()),
        actor,
        "");
  }
}
