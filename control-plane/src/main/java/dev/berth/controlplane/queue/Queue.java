package dev.berth.controlplane.queue;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.QueueId;
import dev.berth.controlplane.platform.auth.Actor;
import java.time.Instant;

/**
 * A queue's row, and how many of its runs wait and are under way; {@code version} is the etag.
 *
 * @param paused no run of it starts
 */
public record Queue(
    QueueId id,
    ProjectId projectId,
    String name,
    long version,
    Instant createTime,
    Instant updateTime,
    Actor createdBy,
    QueueChange wanted,
    boolean paused,
    long waiting,
    long active) {

  /** The queue that every project has, and that a run waits in where none is named. */
  public static final String DEFAULT = "default";
}
