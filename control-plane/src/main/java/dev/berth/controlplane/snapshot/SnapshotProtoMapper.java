package dev.berth.controlplane.snapshot;

import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.CommonProtoMapper;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.platform.store.ObjectStore.Presigned;
import dev.berth.executor.v1.CommitSnapshotRequest;
import dev.berth.executor.v1.Transfer;
import dev.berth.v1.UpdateSnapshotRequest;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Between snapshots and their messages. */
public final class SnapshotProtoMapper {

  private SnapshotProtoMapper() {}

  public static dev.berth.v1.Snapshot snapshot(Snapshot snapshot) {
    var message =
        dev.berth.v1.Snapshot.newBuilder()
            .setId(snapshot.id().toString())
            .setProjectId(snapshot.project().toString())
            .setSessionId(snapshot.session().toString())
            .putAllLabels(snapshot.labels())
            .setCreateTime(CommonProtoMapper.timestamp(snapshot.createTime()))
            .setCreatedBy(CommonProtoMapper.actor(snapshot.createdBy()))
            .setKind(
                switch (snapshot.kind()) {
                  case NORMAL -> dev.berth.v1.Snapshot.Kind.KIND_NORMAL;
                  case RESCUED -> dev.berth.v1.Snapshot.Kind.KIND_RESCUED;
                })
            .setReason(snapshot.reason())
            .setRunSeq(snapshot.runSeq())
            .setWorkerGeneration(snapshot.workerGeneration())
            .setFileCount(snapshot.fileCount())
            .setLogicalBytes(snapshot.logicalBytes())
            .setStoredBytes(snapshot.storedBytes())
            .addAllChangedDuringSync(snapshot.changedDuringSync())
            .setPinned(snapshot.pinned())
            .setEtag(Fields.etag(snapshot.version()))
            .setUpdateTime(CommonProtoMapper.timestamp(snapshot.updateTime()))
            .setHead(snapshot.head());
    if (snapshot.parent() != null) {
      message.setParentId(snapshot.parent().toString());
    }
    if (snapshot.run() != null) {
      message.setRunId(snapshot.run().toString());
    }
    return message.build();
  }

  /** {@code old} with the fields named by the paths taken from the request. */
  static SnapshotChange merge(Snapshot old, UpdateSnapshotRequest given) {
    SnapshotChange merged = new SnapshotChange(old.labels(), old.pinned());
    for (String path : given.getUpdateMask().getPathsList()) {
      merged =
          switch (path) {
            case "labels" -> new SnapshotChange(given.getLabelsMap(), merged.pinned());
            case "pinned" -> new SnapshotChange(merged.labels(), given.getPinned());
            default ->
                throw CommonErrors.fieldInvalid(
                    "update_mask", "names no field that can be changed: " + path);
          };
    }
    return merged;
  }

  /** A snapshot as an order to an executor carries it. */
  public static dev.berth.executor.v1.SnapshotRef ref(SnapshotRef ref) {
    return dev.berth.executor.v1.SnapshotRef.newBuilder()
        .setSnapshotId(ref.snapshot().toString())
        .setManifestPackId(ref.manifest().toString())
        .setManifestSha256(ref.manifestSha256())
        .setManifestBytes(ref.manifestBytes())
        .build();
  }

  static SnapshotCommit commit(CommitSnapshotRequest request) {
    return new SnapshotCommit(
        Fields.id("snapshot_id", request.getSnapshotId(), SnapshotId::parse),
        Fields.id("session_id", request.getSessionId(), SessionId::parse),
        request.getGeneration(),
        request.getBaseSnapshotId().isEmpty()
            ? null
            : Fields.id("base_snapshot_id", request.getBaseSnapshotId(), SnapshotId::parse),
        request.getRescued(),
        request.getReason(),
        Fields.id("manifest_pack_id", request.getManifestPackId(), PackId::parse),
        request.getManifestSha256(),
        request.getManifestBytes(),
        request.getPackIdsList().stream()
            .map(id -> Fields.id("pack_ids", id, PackId::parse))
            .collect(Collectors.toUnmodifiableSet()),
        request.getFileCount(),
        request.getLogicalBytes(),
        request.getStoredBytes(),
        List.copyOf(request.getChangedDuringSyncList()),
        request.getQuiescent(),
        request.getClosed(),
        request.getDirtyVersion());
  }

  static List<Transfer> transfers(Map<PackId, Presigned> urls) {
    return urls.entrySet().stream()
        .map(url ->
            Transfer.newBuilder()
                .setPackId(url.getKey().toString())
                .setUrl(url.getValue().url().toString())
                .putAllHeaders(url.getValue().headers())
                .setExpireTime(CommonProtoMapper.timestamp(url.getValue().expireTime()))
                .build())
        .toList();
  }
}
