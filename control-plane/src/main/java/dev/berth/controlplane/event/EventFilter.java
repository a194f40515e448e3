package dev.berth.controlplane.event;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a feed is narrowed to: all that is set holds; no types and empty texts mean any. */
public record EventFilter(
    ProjectId projectId,
    Set<String> types,
    String resourceKind,
    String resourceId,
    @Nullable SessionId sessionId) {

  public static EventFilter ofProject(ProjectId project) {
    return new EventFilter(project, Set.of(), "", "", null);
  }

  public static EventFilter ofSession(ProjectId project, SessionId session) {
    return new EventFilter(project, Set.of(), "", "", session);
  }
}
