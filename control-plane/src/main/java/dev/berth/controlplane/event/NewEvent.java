package dev.berth.controlplane.event;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.auth.Actor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A fact about a resource, to be recorded.
 *
 * @param type {@code <resource>.<what happened>}; listed with its attributes in docs/EVENTS.md
 * @param resourceId the resource's id as text
 * @param message a sentence for people
 * @param attributes strings, numbers, booleans, and lists and maps of them
 */
public record NewEvent(
    ProjectId projectId,
    String type,
    String resourceKind,
    String resourceId,
    @Nullable SessionId sessionId,
    String message,
    Map<String, Object> attributes,
    Actor actor,
    String traceId) {

  public NewEvent {
    attributes = Map.copyOf(attributes);
  }
}
