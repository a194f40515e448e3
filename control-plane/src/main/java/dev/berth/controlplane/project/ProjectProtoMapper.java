package dev.berth.controlplane.project;

import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.CommonProtoMapper;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.v1.ProjectSettings;
import dev.berth.v1.UpdateProjectRequest;

final class ProjectProtoMapper {

  private ProjectProtoMapper() {}

  static dev.berth.v1.Project toProto(Project project) {
    return dev.berth.v1.Project.newBuilder()
        .setId(project.id().toString())
        .setName(project.name())
        .putAllLabels(project.labels())
        .setEtag(Fields.etag(project.version()))
        .setCreateTime(CommonProtoMapper.timestamp(project.createTime()))
        .setUpdateTime(CommonProtoMapper.timestamp(project.updateTime()))
        .setCreatedBy(CommonProtoMapper.actor(project.createdBy()))
        .setSettings(settings(project.settings()))
        .build();
  }

  private static ProjectSettings settings(Project.Settings settings) {
    ProjectSettings.Builder message = ProjectSettings.newBuilder();
    if (settings.idleTimeout() != null) {
      message.setIdleTimeout(CommonProtoMapper.duration(settings.idleTimeout()));
    }
    if (settings.retentionTimeout() != null) {
      message.setRetentionTimeout(CommonProtoMapper.duration(settings.retentionTimeout()));
    }
    if (settings.syncInterval() != null) {
      message.setSyncInterval(CommonProtoMapper.duration(settings.syncInterval()));
    }
    if (settings.keepSnapshots() != null) {
      message.setKeepSnapshots(settings.keepSnapshots());
    }
    return message.build();
  }

  /** {@code old} with the fields named by the paths taken from the request. */
  static ProjectChange merge(ProjectChange old, UpdateProjectRequest given) {
    ProjectChange merged = old;
    for (String path : given.getUpdateMask().getPathsList()) {
      merged = take(merged, given, path);
    }
    return merged;
  }

  private static ProjectChange take(ProjectChange old, UpdateProjectRequest given, String path) {
    Project.Settings has = old.settings();
    ProjectSettings to = given.getSettings();
    return switch (path) {
      case "labels" -> new ProjectChange(given.getLabelsMap(), has);
      case "settings.idle_timeout" ->
          old.with(
              has.withIdleTimeout(
                  to.hasIdleTimeout() ? CommonProtoMapper.duration(to.getIdleTimeout()) : null));
      case "settings.retention_timeout" ->
          old.with(
              has.withRetentionTimeout(
                  to.hasRetentionTimeout()
                      ? CommonProtoMapper.duration(to.getRetentionTimeout())
                      : null));
      case "settings.sync_interval" ->
          old.with(
              has.withSyncInterval(
                  to.hasSyncInterval() ? CommonProtoMapper.duration(to.getSyncInterval()) : null));
      case "settings.keep_snapshots" ->
          old.with(has.withKeepSnapshots(to.hasKeepSnapshots() ? to.getKeepSnapshots() : null));
      default ->
          throw CommonErrors.fieldInvalid(
              "update_mask", "names no field that can be changed: " + path);
    };
  }
}
