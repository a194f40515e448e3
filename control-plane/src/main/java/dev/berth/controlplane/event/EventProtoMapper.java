package dev.berth.controlplane.event;

import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.grpc.CommonProtoMapper;
import dev.berth.controlplane.platform.grpc.Fields;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Events of resources between the API and the domain. */
public final class EventProtoMapper {
  private EventProtoMapper() {}

  public static dev.berth.v1.Event event(Event event) {
    return dev.berth.v1.Event.newBuilder()
        .setCursor(event.cursor().toString())
        .setType(event.type())
        .setTime(CommonProtoMapper.timestamp(event.time()))
        .setProjectId(event.projectId().toString())
        .setResourceKind(event.resourceKind())
        .setResourceId(event.resourceId())
        .setSessionId(event.sessionId() == null ? "" : event.sessionId().toString())
        .setMessage(event.message())
        .setAttributes(struct(event.attributes()))
        .setActor(CommonProtoMapper.actor(event.actor()))
        .setTraceId(event.traceId())
        .build();
  }

  static EventFilter filter(ProjectId project, dev.berth.v1.EventFilter filter) {
    filter.getTypesList().forEach(type -> Fields.requireNoNul("filter.types", type));
    Fields.requireNoNul("filter.resource_kind", filter.getResourceKind());
    Fields.requireNoNul("filter.resource_id", filter.getResourceId());
    return new EventFilter(
        project,
        Set.copyOf(filter.getTypesList()),
        filter.getResourceKind(),
        filter.getResourceId(),
        filter.getSessionId().isEmpty()
            ? null
            : Fields.id("filter.session_id", filter.getSessionId(), SessionId::parse));
  }

  /** The position that a request names; empty is the start of the feed. */
  public static EventCursor cursor(String text) {
    try {
      return text.isEmpty() ? EventCursor.START : EventCursor.parse(text);
    } catch (IllegalArgumentException e) {
      throw EventErrors.cursorInvalid();
    }
  }

  private static Struct struct(Map<?, ?> values) {
    Struct.Builder struct = Struct.newBuilder();
    values.forEach((key, value) -> struct.putFields(key.toString(), value(value)));
    return struct.build();
  }

  private static Value value(@Nullable Object value) {
    Value.Builder proto = Value.newBuilder();
    return switch (value) {
      case null -> proto.setNullValue(NullValue.NULL_VALUE).build();
      case Boolean flag -> proto.setBoolValue(flag).build();
      case Number number -> proto.setNumberValue(number.doubleValue()).build();
      case Map<?, ?> map -> proto.setStructValue(struct(map)).build();
      case List<?> list ->
          proto
              .setListValue(
                  ListValue.newBuilder()
                      .addAllValues(list.stream().map(EventProtoMapper::value).toList()))
              .build();
      default -> proto.setStringValue(value.toString()).build();
    };
  }
}
