package dev.berth.controlplane.pool;

import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.CommonProtoMapper;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.session.SessionProtoMapper;
import dev.berth.controlplane.session.SessionSpec;
import dev.berth.v1.PoolExecutor;
import dev.berth.v1.Resources;
import java.util.List;

/** Between pools and their messages. */
final class PoolProtoMapper {
  private PoolProtoMapper() {}

  /** {@code old} with the fields named by the paths taken from {@code given}. */
  static PoolChange merge(PoolChange old, PoolChange given, List<String> paths) {
    PoolChange merged = old;
    for (String path : paths) {
      merged =
          switch (path) {
            case "labels" ->
                new PoolChange(
                    given.labels(), merged.spec(), merged.size(), merged.maxPerExecutor());
            case "spec" ->
                new PoolChange(
                    merged.labels(), given.spec(), merged.size(), merged.maxPerExecutor());
            case "size" ->
                new PoolChange(
                    merged.labels(), merged.spec(), given.size(), merged.maxPerExecutor());
            case "max_per_executor" ->
                new PoolChange(
                    merged.labels(), merged.spec(), merged.size(), given.maxPerExecutor());
            default ->
                throw CommonErrors.fieldInvalid(
                    "update_mask", "names no field that can be changed: " + path);
          };
    }
    return merged;
  }

  static dev.berth.v1.Pool pool(PoolView view) {
    Pool pool = view.pool();
    return dev.berth.v1.Pool.newBuilder()
        .setId(pool.id().toString())
        .setProjectId(pool.projectId().toString())
        .setName(pool.name())
        .putAllLabels(pool.wanted().labels())
        .setEtag(Fields.etag(pool.version()))
        .setCreateTime(CommonProtoMapper.timestamp(pool.createTime()))
        .setUpdateTime(CommonProtoMapper.timestamp(pool.updateTime()))
        .setCreatedBy(CommonProtoMapper.actor(pool.createdBy()))
        .setSpec(spec(pool.wanted().spec()))
        .setSize(pool.wanted().size())
        .setMaxPerExecutor(pool.wanted().maxPerExecutor())
        .setHits(pool.hits())
        .setMisses(pool.misses())
        .addAllExecutors(view.executors().stream().map(PoolProtoMapper::executor).toList())
        .build();
  }

  private static PoolExecutor executor(PoolView.OnExecutor there) {
    return PoolExecutor.newBuilder()
        .setExecutorId(there.id().toString())
        .setExecutorName(there.name())
        .setReady(there.ready())
        .setClaimed(there.claimed())
        .setCreating(there.creating())
        .setFailed(there.failed())
        .setReason(there.reason())
        .setMessage(there.message())
        .build();
  }

  private static dev.berth.v1.SessionSpec spec(PoolSpec spec) {
    SessionSpec.Limits limits = spec.limits();
    return dev.berth.v1.SessionSpec.newBuilder()
        .setImage(spec.image())
        .setResources(
            Resources.newBuilder()
                .setCpuMillis(limits.cpuMillis())
                .setMemoryBytes(limits.memoryBytes())
                .setDiskBytes(limits.diskBytes())
                .setPids(limits.pids()))
        .setNetwork(SessionProtoMapper.network(limits))
        .putAllPlacementLabels(spec.placementLabels())
        .putAllRequiredHardening(spec.requiredHardening())
        .build();
  }
}
