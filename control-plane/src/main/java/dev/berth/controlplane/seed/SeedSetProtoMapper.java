package dev.berth.controlplane.seed;

import dev.berth.controlplane.platform.grpc.CommonProtoMapper;
import dev.berth.controlplane.platform.grpc.Fields;
import java.util.Objects;

/** Seed sets as the API shows them. */
final class SeedSetProtoMapper {
  private SeedSetProtoMapper() {}

  static dev.berth.v1.SeedSet seedSet(SeedSet set) {
    var message =
        dev.berth.v1.SeedSet.newBuilder()
            .setId(set.id().toString())
            .setProjectId(set.projectId().toString())
            .setName(Objects.requireNonNullElse(set.name(), ""))
            .putAllLabels(set.labels())
            .setEtag(Fields.etag(set.version()))
            .setCreateTime(CommonProtoMapper.timestamp(set.createTime()))
            .setUpdateTime(CommonProtoMapper.timestamp(set.updateTime()))
            .setCreatedBy(CommonProtoMapper.actor(set.createdBy()))
            .setFileCount(set.fileCount())
            .setSizeBytes(set.sizeBytes());
    set.files().forEach(file -> message.addFiles(file(file)));
    return message.build();
  }

  private static dev.berth.v1.SeedFile file(SeedFile file) {
    return dev.berth.v1.SeedFile.newBuilder()
        .setPath(file.path())
        .setMode(file.mode())
        .setSize(file.size())
        .setSha256(file.sha256())
        .build();
  }

  static SeedContent content(dev.berth.v1.SeedFile file) {
    return new SeedContent(file.getPath(), file.getMode(), file.getContent().toByteArray());
  }
}
