package dev.berth.controlplane.project;

import dev.berth.controlplane.platform.grpc.CommonProtoMapper;
import dev.berth.controlplane.platform.grpc.Fields;

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
        .build();
  }
}
