package dev.berth.controlplane.pool;

import dev.berth.common.Id.ExecutorId;
import dev.berth.controlplane.executor.LinkOrder;
import dev.berth.controlplane.executor.OrderSource;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.executor.v1.EnsurePooled;
import dev.berth.executor.v1.RemovePooled;
import dev.berth.v1.NetworkMode;
import dev.berth.v1.Resources;
import jakarta.inject.Singleton;
import java.util.List;

/** Reads from pooled containers what their executor is to be told. */
@Singleton
final class PoolOrderLink implements OrderSource {
  private static final long REMOVAL = -1;

  private final PooledContainerRepository containers;

  PoolOrderLink(PooledContainerRepository containers) {
    this.containers = containers;
  }

  @Override
  public List<LinkOrder> outstanding(ExecutorId executor) {
    return containers.ordered(executor).stream().map(PoolOrderLink::order).toList();
  }

  private static LinkOrder order(PooledContainer container) {
    var message = ConnectResponse.newBuilder();
    if (container.wanted()) {
      message.setEnsurePooled(ensure(container));
    } else {
      message.setRemovePooled(RemovePooled.newBuilder().setPooledId(container.id().toString()));
    }
    return new LinkOrder(
        container.id().toString(),
        container.wanted() ? container.orderNumber() : REMOVAL,
        message.build());
  }

  private static EnsurePooled.Builder ensure(PooledContainer container) {
    return EnsurePooled.newBuilder()
        .setPooledId(container.id().toString())
        .setImage(container.image())
        .setResources(
            Resources.newBuilder()
                .setCpuMillis(container.takes().cpuMillis())
                .setMemoryBytes(container.takes().memoryBytes())
                .setDiskBytes(container.takes().diskBytes())
                .setPids(container.pids()))
        .setNetwork(NetworkMode.NETWORK_MODE_NONE);
  }
}
