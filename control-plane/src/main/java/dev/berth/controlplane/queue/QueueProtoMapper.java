package dev.berth.controlplane.queue;

import dev.berth.controlplane.platform.grpc.CommonProtoMapper;
import dev.berth.controlplane.platform.grpc.Fields;

/** Queues as the API shows them. */
final class QueueProtoMapper {
  private QueueProtoMapper() {}

  static dev.berth.v1.Queue queue(Queue queue) {
    return dev.berth.v1.Queue.newBuilder()
        .setId(queue.id().toString())
        .setProjectId(queue.projectId().toString())
        .setName(queue.name())
        .putAllLabels(queue.labels())
        .setEtag(Fields.etag(queue.version()))
        .setCreateTime(CommonProtoMapper.timestamp(queue.createTime()))
        .setUpdateTime(CommonProtoMapper.timestamp(queue.updateTime()))
        .setCreatedBy(CommonProtoMapper.actor(queue.createdBy()))
        .setMaxConcurrency(queue.maxConcurrency())
        .setMaxDepth(queue.maxDepth())
        .setWaiting(queue.waiting())
        .setActive(queue.active())
        .build();
  }
}
