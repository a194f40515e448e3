package dev.berth.controlplane.project;

import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.platform.auth.Actor;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The namespace of everything else, and the unit of access.
 *
 * @param name unique in the installation
 * @param version rises with each update
 */
public record Project(
    ProjectId id,
    String name,
    Map<String, String> labels,
    Settings settings,
    long version,
    Instant createTime,
    Instant updateTime,
    Actor createdBy) {

  /** What sessions get where their spec says nothing; null means what the installation has. */
  public record Settings(
      @Nullable Duration idleTimeout,
      @Nullable Duration retentionTimeout,
      @Nullable Duration syncInterval,
      @Nullable Integer keepSnapshots) {
    Settings withIdleTimeout(@Nullable Duration other) {
      return new Settings(other, retentionTimeout, syncInterval, keepSnapshots);
    }

    Settings withRetentionTimeout(@Nullable Duration other) {
      return new Settings(idleTimeout, other, syncInterval, keepSnapshots);
    }

    Settings withSyncInterval(@Nullable Duration other) {
      return new Settings(idleTimeout, retentionTimeout, other, keepSnapshots);
    }

    Settings withKeepSnapshots(@Nullable Integer other) {
      return new Settings(idleTimeout, retentionTimeout, syncInterval, other);
    }
  }
}
