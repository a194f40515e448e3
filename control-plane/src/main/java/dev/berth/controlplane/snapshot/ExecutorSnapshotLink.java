package dev.berth.controlplane.snapshot;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.executor.SnapshotLink;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.executor.v1.CommitSnapshotRequest;
import dev.berth.executor.v1.CommitSnapshotResponse;
import dev.berth.executor.v1.CreateTransferUrlsRequest;
import dev.berth.executor.v1.CreateTransferUrlsResponse;
import jakarta.inject.Singleton;

/** Serves what executors ask of the object store. */
@Singleton
final class ExecutorSnapshotLink implements SnapshotLink {

  private final PackTransfers transfers;
  private final SnapshotCommits commits;

  ExecutorSnapshotLink(PackTransfers transfers, SnapshotCommits commits) {
    this.transfers = transfers;
    this.commits = commits;
  }

  @Override
  public CreateTransferUrlsResponse createTransferUrls(
      ExecutorId executor, CreateTransferUrlsRequest request) {
    SessionId session = Fields.id("session_id", request.getSessionId(), SessionId::parse);
    var uploads =
        request.getUploadsList().stream()
            .map(pack ->
                new PackTransfers.Upload(
                    Fields.id("uploads.pack_id", pack.getPackId(), PackId::parse),
                    pack.getSha256(),
                    pack.getSize()))
            .toList();
    var downloads =
        request.getDownloadsList().stream()
            .map(id -> Fields.id("downloads", id, PackId::parse))
            .toList();
    transfers.requireHolder(executor, session, request.getGeneration());
    return CreateTransferUrlsResponse.newBuilder()
        .addAllUploads(SnapshotProtoMapper.transfers(transfers.uploads(executor, session, uploads)))
        .addAllDownloads(
            SnapshotProtoMapper.transfers(transfers.downloads(executor, session, downloads)))
        .build();
  }

  @Override
  public CommitSnapshotResponse commitSnapshot(ExecutorId executor, CommitSnapshotRequest request) {
    CommitOutcome outcome = commits.commit(executor, SnapshotProtoMapper.commit(request));
    var response = CommitSnapshotResponse.newBuilder().setClean(outcome.clean());
    if (outcome.head() != null) {
      response.setHeadSnapshotId(outcome.head().toString());
    }
    return response.build();
  }
}
