package dev.berth.controlplane.platform.grpc;

import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.platform.config.WatchConfig;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.ErrorReason;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Bounds how many watches one project has open on this replica, so that one tenant's do not take
 * the threads and reads of all. Counted in memory: what it bounds is this replica's.
 */
@Singleton
public final class WatchLimits {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  private final int perProject;
  private final Map<ProjectId, Integer> open = new ConcurrentHashMap<>();

  WatchLimits(WatchConfig config) {
    this.perProject = config.perProject();
  }

  /** Has {@code body} run as one of the project's watches, or refused with WATCH_LIMIT. */
  public <T> ResponseStream.Body<T> bounded(ProjectId project, ResponseStream.Body<T> body) {
    return stream -> {
      enter(project);
      try {
        body.run(stream);
      } finally {
        leave(project);
      }
    };
  }

  private void enter(ProjectId project) {
    int now = open.merge(project, 1, Integer::sum);
    if (now > perProject) {
      leave(project);
      throw BerthException.of(
              ErrorReason.WATCH_LIMIT,
              "the project has " + perProject + " watches open on this control plane already")
          .with("limit", perProject)
          .retryAfter(RETRY_AFTER);
    }
  }

  private void leave(ProjectId project) {
    open.computeIfPresent(project, (id, count) -> count == 1 ? null : count - 1);
  }

  /** How many watches the project has open. */
  public int open(ProjectId project) {
    return open.getOrDefault(project, 0);
  }
}
