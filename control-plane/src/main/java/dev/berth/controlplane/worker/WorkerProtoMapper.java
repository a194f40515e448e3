package dev.berth.controlplane.worker;

import dev.berth.controlplane.platform.grpc.CommonProtoMapper;
import java.util.Objects;

/** Between workers and their messages. */
final class WorkerProtoMapper {
  private WorkerProtoMapper() {}

  static dev.berth.v1.Worker worker(Worker worker, long diskUsed) {
    var message =
        dev.berth.v1.Worker.newBuilder()
            .setId(worker.id().toString())
            .setProjectId(worker.projectId().toString())
            .setSessionId(worker.sessionId().toString())
            .setExecutorId(worker.executorId().toString())
            .setCreateTime(CommonProtoMapper.timestamp(worker.createTime()))
            .setUpdateTime(CommonProtoMapper.timestamp(worker.updateTime()))
            .setGeneration(worker.generation())
            .setState(state(worker.state()))
            .setPhase(worker.progress().phase())
            .setProgressBytes(worker.progress().bytes())
            .setTotalBytes(worker.progress().totalBytes())
            .setReason(worker.reason())
            .setMessage(worker.message())
            .setImage(worker.container().image())
            .setImageDigest(worker.container().imageDigest())
            .setContainerRef(worker.container().ref())
            .setBaseSnapshotId(Objects.toString(worker.baseSnapshotId(), ""))
            .setDiskUsedBytes(diskUsed);
    if (worker.readyTime() != null) {
      message.setReadyTime(CommonProtoMapper.timestamp(worker.readyTime()));
    }
    return message.build();
  }

  private static dev.berth.v1.WorkerState state(WorkerState state) {
    return switch (state) {
      case CREATING -> dev.berth.v1.WorkerState.WORKER_STATE_CREATING;
      case PREPARING -> dev.berth.v1.WorkerState.WORKER_STATE_PREPARING;
      case READY -> dev.berth.v1.WorkerState.WORKER_STATE_READY;
      case STOPPING -> dev.berth.v1.WorkerState.WORKER_STATE_STOPPING;
      case STOPPED -> dev.berth.v1.WorkerState.WORKER_STATE_STOPPED;
      case REMOVED -> dev.berth.v1.WorkerState.WORKER_STATE_REMOVED;
      case LOST -> dev.berth.v1.WorkerState.WORKER_STATE_LOST;
      case SALVAGING -> dev.berth.v1.WorkerState.WORKER_STATE_SALVAGING;
      case FAILED -> dev.berth.v1.WorkerState.WORKER_STATE_FAILED;
    };
  }
}
