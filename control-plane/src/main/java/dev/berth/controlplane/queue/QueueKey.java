package dev.berth.controlplane.queue;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.auth.Actor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What tells the runs of a queue apart for its limits of each key and for its turns; {@code label}
 * is that of LABEL, else empty.
 */
public record QueueKey(Field field, String label) {
  static final QueueKey NONE = new QueueKey(Field.NONE, "");

  /** As in the table's CHECK. */
  public enum Field {
    NONE,
    SESSION,
    CREATOR,
    LABEL
  }

  /** The key of a run; those without a session share one. */
  public String of(@Nullable SessionId session, Actor creator, Map<String, String> labels) {
    return switch (field) {
      case NONE -> "";
      case SESSION -> session == null ? "" : session.toString();
      case CREATOR -> creator.id();
      case LABEL -> labels.getOrDefault(label, "");
    };
  }
}
