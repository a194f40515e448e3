package dev.berth.controlplane.executor;

import dev.berth.controlplane.platform.grpc.CommonProtoMapper;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.provider.AgentProtoMapper;
import dev.berth.executor.v1.Hello;
import java.util.List;

/** Between executors and their messages. */
public final class ExecutorProtoMapper {
  private ExecutorProtoMapper() {}

  static Greeting greeting(Hello hello, int protocolVersion) {
    var capacity = hello.getCapacity();
    return new Greeting(
        protocolVersion,
        hello.getVersion(),
        hello.getLabelsMap(),
        new Capacity(
            Math.max(0, capacity.getWorkers()),
            Math.max(0, capacity.getCpuMillis()),
            Math.max(0, capacity.getMemoryBytes()),
            Math.max(0, capacity.getDiskBytes())),
        hello.getHardeningMap(),
        List.copyOf(hello.getProvidersList()),
        AgentProtoMapper.providers(hello.getAgentProvidersList()),
        hello.getBootId(),
        List.copyOf(hello.getMountsList()),
        List.copyOf(hello.getFeaturesList()),
        new Executor.Sessionless(
            Math.max(0, hello.getSessionlessRuns()), hello.getSessionlessProvidersList()));
  }

  public static dev.berth.v1.Executor executor(Executor executor, Capacity used, int unsaved) {
    var message =
        dev.berth.v1.Executor.newBuilder()
            .setId(executor.id().toString())
            .setProjectId(executor.projectId().toString())
            .setName(executor.name())
            .putAllLabels(executor.labels())
            .setEtag(Fields.etag(executor.version()))
            .setCreateTime(CommonProtoMapper.timestamp(executor.createTime()))
            .setUpdateTime(CommonProtoMapper.timestamp(executor.updateTime()))
            .setCreatedBy(CommonProtoMapper.actor(executor.createdBy()))
            .setConnected(executor.connected())
            .setReady(executor.link().ready())
            .setNotReadyReason(executor.link().notReadyReason())
            .setVersion(executor.agent().buildVersion())
            .setProtocolVersion(executor.agent().protocolVersion())
            .setCapacity(capacity(executor.capacity()))
            .setUsed(capacity(used))
            .putAllHardening(executor.hardening())
            .setLinkEpoch(executor.link().epoch())
            .setState(state(executor.state()))
            .setDiskFreeBytes(executor.diskFreeBytes())
            .setUnsavedCopies(unsaved)
            .addAllMounts(executor.agent().mounts())
            .setSessionlessRuns(executor.sessionless().runs())
            .addAllSessionlessProviders(executor.sessionless().providers());
    if (executor.link().lastSeen() != null) {
      message.setLastSeenTime(CommonProtoMapper.timestamp(executor.link().lastSeen()));
    }
    return message.build();
  }

  private static dev.berth.v1.ExecutorState state(ExecutorState state) {
    return switch (state) {
      case ACTIVE -> dev.berth.v1.ExecutorState.EXECUTOR_STATE_ACTIVE;
      case CORDONED -> dev.berth.v1.ExecutorState.EXECUTOR_STATE_CORDONED;
      case DRAINING -> dev.berth.v1.ExecutorState.EXECUTOR_STATE_DRAINING;
      case DRAINED -> dev.berth.v1.ExecutorState.EXECUTOR_STATE_DRAINED;
      case DELETED -> dev.berth.v1.ExecutorState.EXECUTOR_STATE_DELETED;
    };
  }

  private static dev.berth.v1.Capacity capacity(Capacity capacity) {
    return dev.berth.v1.Capacity.newBuilder()
        .setWorkers(capacity.workers())
        .setCpuMillis(capacity.cpuMillis())
        .setMemoryBytes(capacity.memoryBytes())
        .setDiskBytes(capacity.diskBytes())
        .build();
  }
}
