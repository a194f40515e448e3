package dev.berth.controlplane.event;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.auth.Actor;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A recorded fact; {@code cursor} is the position behind it. */
public record Event(
    EventCursor cursor,
    ProjectId projectId,
    Instant time,
    String type,
    String resourceKind,
    String resourceId,
    @Nullable SessionId sessionId,
    String message,
    Map<String, Object> attributes,
    Actor actor,
    String traceId) {}
