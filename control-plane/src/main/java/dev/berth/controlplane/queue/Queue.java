package dev.berth.controlplane.queue;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.QueueId;
import dev.berth.controlplane.platform.auth.Actor;
import java.time.Instant;
import java.util.Map;

/**
 * A queue's row, and how many of its runs wait and are under way. A bound of 0 is none; {@code
 * version} is the etag.
 */
public record Queue(
    QueueId id,
    ProjectId projectId,
    String name,
    Map<String, String> labels,
    long version,
    Instant createTime,
    Instant updateTime,
    Actor createdBy,
    int maxConcurrency,
    int maxDepth,
    long waiting,
    long active) {

  /** The queue that every project has, and that a run waits in where none is named. */
  public static final String DEFAULT = "default";
}
