package dev.berth.controlplane.project;

import static dev.berth.controlplane.testsupport.Statuses.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import com.google.protobuf.FieldMask;
import com.google.protobuf.util.Durations;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.v1.CreateSessionRequest;
import dev.berth.v1.GetProjectRequest;
import dev.berth.v1.Project;
import dev.berth.v1.ProjectServiceGrpc;
import dev.berth.v1.ProjectServiceGrpc.ProjectServiceBlockingStub;
import dev.berth.v1.ProjectSettings;
import dev.berth.v1.SessionServiceGrpc;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.UpdateProjectRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Settings of a project count for the sessions that are made under them. */
final class ProjectSettingsTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  @Test
  void settings_areTheDefaultsOfNewSessions_untilTheyAreUnset() {
    SessionSpec before = newSession(SessionSpec.getDefaultInstance());
    assertThat(before.getSyncInterval()).isEqualTo(seconds(300));
    assertThat(before.getAutoResume()).isTrue();
    assertThat(before.getKeepSnapshots()).isEqualTo(20);
    Project updated =
        update(
            ProjectSettings.newBuilder()
                .setIdleTimeout(seconds(60))
                .setRetentionTimeout(seconds(3600))
                .setSyncInterval(seconds(0))
                .setKeepSnapshots(3),
            "settings.idle_timeout",
            "settings.retention_timeout",
            "settings.sync_interval",
            "settings.keep_snapshots");
    assertThat(updated.getSettings().getIdleTimeout()).isEqualTo(seconds(60));
    SessionSpec made = newSession(SessionSpec.getDefaultInstance());
    assertThat(made.getIdleTimeout()).isEqualTo(seconds(60));
    assertThat(made.getRetentionTimeout()).isEqualTo(seconds(3600));
    assertThat(made.getSyncInterval()).isEqualTo(seconds(0));
    assertThat(made.getKeepSnapshots()).isEqualTo(3);
    SessionSpec own =
        newSession(
            SessionSpec.newBuilder()
                .setIdleTimeout(seconds(7))
                .setSyncInterval(seconds(20))
                .setAutoResume(false)
                .setKeepSnapshots(5)
                .build());
    assertThat(own.getIdleTimeout()).isEqualTo(seconds(7));
    assertThat(own.getSyncInterval()).isEqualTo(seconds(20));
    assertThat(own.getAutoResume()).isFalse();
    assertThat(own.getKeepSnapshots()).isEqualTo(5);

    Project unset =
        update(ProjectSettings.newBuilder(), "settings.idle_timeout", "settings.keep_snapshots");
    assertThat(unset.getSettings().hasIdleTimeout()).isFalse();
    assertThat(unset.getSettings().hasKeepSnapshots()).isFalse();
    assertThat(unset.getSettings().hasRetentionTimeout()).isTrue();
    assertThat(newSession(SessionSpec.getDefaultInstance()).getIdleTimeout())
        .isEqualTo(seconds(1800));
    assertThat(newSession(SessionSpec.getDefaultInstance()).getKeepSnapshots()).isEqualTo(20);
  }

  @Test
  void update_ofAStaleEtag_unknownFieldOrTooShortInterval_isRefused() {
    Project project = projects().getProject(GetProjectRequest.getDefaultInstance()).getProject();
    update(ProjectSettings.newBuilder(), "labels");
    var mask = FieldMask.newBuilder().addPaths("labels");
    refused(
        ErrorReason.ETAG_STALE,
        () ->
            projects()
                .updateProject(
                    UpdateProjectRequest.newBuilder()
                        .setEtag(project.getEtag())
                        .setUpdateMask(mask)
                        .build()));
    refused(ErrorReason.FIELD_INVALID, () -> update(ProjectSettings.newBuilder(), "name"));
    refused(
        ErrorReason.FIELD_INVALID,
        () -> update(ProjectSettings.newBuilder().setKeepSnapshots(0), "settings.keep_snapshots"));
    refused(
        ErrorReason.FIELD_INVALID,
        () ->
            update(
                ProjectSettings.newBuilder().setSyncInterval(seconds(9)),
                "settings.sync_interval"));
  }

  private static Project update(ProjectSettings.Builder settings, String... paths) {
    return projects()
        .updateProject(
            UpdateProjectRequest.newBuilder()
                .setSettings(settings)
                .setUpdateMask(FieldMask.newBuilder().addAllPaths(java.util.List.of(paths)))
                .build())
        .getProject();
  }

  private static SessionSpec newSession(SessionSpec spec) {
    return SessionServiceGrpc.newBlockingStub(berth.channel())
        .createSession(CreateSessionRequest.newBuilder().setSpec(spec).build())
        .getSession()
        .getSpec();
  }

  private static ProjectServiceBlockingStub projects() {
    return ProjectServiceGrpc.newBlockingStub(berth.channel());
  }

  private static Duration seconds(long count) {
    return Durations.fromSeconds(count);
  }
}
