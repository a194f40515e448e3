package dev.berth.controlplane.session;

import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.project.Project;
import dev.berth.controlplane.project.ProjectService;
import jakarta.inject.Singleton;
import java.util.Objects;

/** What a session gets where its spec says nothing: the project's word, else the installation's. */
@Singleton
public final class SessionDefaults {
  private final ProjectService projects;
  private final SessionConfig config;
  private final RetentionConfig retention;

  SessionDefaults(ProjectService projects, SessionConfig config, RetentionConfig retention) {
    this.projects = projects;
    this.config = config;
    this.retention = retention;
  }

  public SessionSpec.Defaults of(ProjectId project) {
    Project.Settings settings = projects.settings(project);
    return new SessionSpec.Defaults(
        config.image(),
        new SessionSpec.Rules(
            Objects.requireNonNullElse(
                settings.idleTimeout(), SessionSpec.Rules.DEFAULT_IDLE_TIMEOUT),
            Objects.requireNonNullElse(
                settings.retentionTimeout(), SessionSpec.Rules.DEFAULT_RETENTION_TIMEOUT),
            Objects.requireNonNullElse(
                settings.syncInterval(), SessionSpec.Rules.DEFAULT_SYNC_INTERVAL),
            true,
            Objects.requireNonNullElse(settings.keepSnapshots(), retention.snapshots())));
  }
}
