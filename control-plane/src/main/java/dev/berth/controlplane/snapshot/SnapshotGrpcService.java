package dev.berth.controlplane.snapshot;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.CallContext;
import dev.berth.controlplane.platform.grpc.Draining;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.platform.grpc.Page;
import dev.berth.controlplane.platform.grpc.PageTokens;
import dev.berth.controlplane.platform.grpc.RequestIds;
import dev.berth.controlplane.platform.grpc.ResponseStream;
import dev.berth.controlplane.snapshot.SnapshotContents.Place;
import dev.berth.controlplane.snapshot.content.Entry;
import dev.berth.controlplane.snapshot.content.Listing;
import dev.berth.controlplane.snapshot.content.TreePath;
import dev.berth.v1.DeleteSnapshotRequest;
import dev.berth.v1.DeleteSnapshotResponse;
import dev.berth.v1.DiffSnapshotsRequest;
import dev.berth.v1.DiffSnapshotsResponse;
import dev.berth.v1.GetSnapshotRequest;
import dev.berth.v1.GetSnapshotResponse;
import dev.berth.v1.ListSnapshotFilesRequest;
import dev.berth.v1.ListSnapshotFilesResponse;
import dev.berth.v1.ListSnapshotsRequest;
import dev.berth.v1.ListSnapshotsResponse;
import dev.berth.v1.PullSnapshotRequest;
import dev.berth.v1.PullSnapshotResponse;
import dev.berth.v1.ReadSnapshotFileRequest;
import dev.berth.v1.ReadSnapshotFileResponse;
import dev.berth.v1.SnapshotServiceGrpc;
import dev.berth.v1.StatSnapshotFileRequest;
import dev.berth.v1.StatSnapshotFileResponse;
import dev.berth.v1.UpdateSnapshotRequest;
import dev.berth.v1.UpdateSnapshotResponse;
import dev.berth.v1.VerifySnapshotRequest;
import dev.berth.v1.VerifySnapshotResponse;
import io.grpc.stub.StreamObserver;
import jakarta.inject.Singleton;
import java.util.Base64;
import java.util.List;

/** Serves {@code berth.v1.SnapshotService}. */
@Singleton
final class SnapshotGrpcService extends SnapshotServiceGrpc.SnapshotServiceImplBase {

  private static final int DEFAULT_FILES = 200;

  private final SnapshotService snapshots;
  private final SnapshotRemoval removal;
  private final RequestIds requestIds;
  private final SnapshotContents contents;
  private final SnapshotContentStream streams;
  private final Draining draining;

  SnapshotGrpcService(
      SnapshotService snapshots,
      SnapshotRemoval removal,
      RequestIds requestIds,
      SnapshotContents contents,
      SnapshotContentStream streams,
      Draining draining) {
    this.snapshots = snapshots;
    this.removal = removal;
    this.requestIds = requestIds;
    this.contents = contents;
    this.streams = streams;
    this.draining = draining;
  }

  @Override
  public void getSnapshot(
      GetSnapshotRequest request, StreamObserver<GetSnapshotResponse> responses) {
    SnapshotId id = Fields.id("snapshot_id", request.getSnapshotId(), SnapshotId::parse);
    Snapshot snapshot = snapshots.get(id, CallContext.caller().projectId());
    responses.onNext(
        GetSnapshotResponse.newBuilder()
            .setSnapshot(SnapshotProtoMapper.snapshot(snapshot))
            .build());
    responses.onCompleted();
  }

  @Override
  public void listSnapshots(
      ListSnapshotsRequest request, StreamObserver<ListSnapshotsResponse> responses) {
    ProjectId project = CallContext.caller().project(request.getProjectId());
    SessionId session =
        request.getSessionId().isEmpty()
            ? null
            : Fields.id("session_id", request.getSessionId(), SessionId::parse);
    Page page =
        Page.of(
            request.getPageSize(),
            request.getPageToken(),
            "ListSnapshots",
            project,
            request.getSessionId());
    SnapshotId before = page.after(SnapshotId::parse).orElse(null);
    List<Snapshot> found = snapshots.list(project, session, before, page.limit());
    var response =
        ListSnapshotsResponse.newBuilder().setNextPageToken(page.next(found, Snapshot::id));
    page.rows(found).map(SnapshotProtoMapper::snapshot).forEach(response::addSnapshots);
    responses.onNext(response.build());
    responses.onCompleted();
  }

  @Override
  public void updateSnapshot(
      UpdateSnapshotRequest request, StreamObserver<UpdateSnapshotResponse> responses) {
    Caller caller = CallContext.caller();
    SnapshotId id = Fields.id("snapshot_id", request.getSnapshotId(), SnapshotId::parse);
    if (request.getUpdateMask().getPathsCount() == 0) {
      throw CommonErrors.fieldInvalid("update_mask", "names no field");
    }
    requestIds.answer(
        SnapshotServiceGrpc.getUpdateSnapshotMethod(),
        request.getRequestId(),
        request,
        responses,
        () ->
            UpdateSnapshotResponse.newBuilder()
                .setSnapshot(
                    SnapshotProtoMapper.snapshot(
                        snapshots.update(
                            id,
                            caller.projectId(),
                            Fields.version(request.getEtag()),
                            caller.actor(),
                            old -> SnapshotProtoMapper.merge(old, request))))
                .build());
  }

  @Override
  public void deleteSnapshot(
      DeleteSnapshotRequest request, StreamObserver<DeleteSnapshotResponse> responses) {
    Caller caller = CallContext.caller();
    SnapshotId id = Fields.id("snapshot_id", request.getSnapshotId(), SnapshotId::parse);
    requestIds.answer(
        SnapshotServiceGrpc.getDeleteSnapshotMethod(),
        request.getRequestId(),
        request,
        responses,
        () -> {
          removal.remove(id, caller.projectId(), Fields.version(request.getEtag()), caller.actor());
          return DeleteSnapshotResponse.getDefaultInstance();
        });
  }

  @Override
  public void listSnapshotFiles(
      ListSnapshotFilesRequest request, StreamObserver<ListSnapshotFilesResponse> responses) {
    ProjectId project = CallContext.caller().projectId();
    Place place =
        SnapshotContentProtoMapper.place(project, request.getSnapshotId(), request.getAt());
    PageTokens tokens = PageTokens.of("ListSnapshotFiles", place, request.getRecursive());
    TreePath after =
        tokens
            .decode(request.getPageToken())
            .map(key -> TreePath.parse(Base64.getDecoder().decode(key.getFirst())))
            .orElse(null);
    int size = request.getPageSize() == 0 ? DEFAULT_FILES : request.getPageSize();
    Listing listing = contents.list(place, request.getRecursive(), after, size);
    var response = ListSnapshotFilesResponse.newBuilder();
    listing.entries().forEach(entry -> response.addFiles(SnapshotContentProtoMapper.file(entry)));
    if (listing.more()) {
      byte[] last = listing.entries().getLast().path().toBytes();
      response.setNextPageToken(tokens.encode(Base64.getEncoder().encodeToString(last)));
    }
    responses.onNext(response.build());
    responses.onCompleted();
  }

  @Override
  public void statSnapshotFile(
      StatSnapshotFileRequest request, StreamObserver<StatSnapshotFileResponse> responses) {
    ProjectId project = CallContext.caller().projectId();
    Entry entry =
        contents.stat(
            SnapshotContentProtoMapper.place(project, request.getSnapshotId(), request.getAt()));
    responses.onNext(
        StatSnapshotFileResponse.newBuilder()
            .setFile(SnapshotContentProtoMapper.file(entry))
            .build());
    responses.onCompleted();
  }

  @Override
  public void readSnapshotFile(
      ReadSnapshotFileRequest request, StreamObserver<ReadSnapshotFileResponse> responses) {
    ProjectId project = CallContext.caller().projectId();
    ResponseStream.serve(responses, draining, answers -> streams.read(project, request, answers));
  }

  @Override
  public void pullSnapshot(
      PullSnapshotRequest request, StreamObserver<PullSnapshotResponse> responses) {
    ProjectId project = CallContext.caller().projectId();
    ResponseStream.serve(responses, draining, answers -> streams.pull(project, request, answers));
  }

  @Override
  public void diffSnapshots(
      DiffSnapshotsRequest request, StreamObserver<DiffSnapshotsResponse> responses) {
    ProjectId project = CallContext.caller().projectId();
    ResponseStream.serve(responses, draining, answers -> streams.diff(project, request, answers));
  }

  @Override
  public void verifySnapshot(
      VerifySnapshotRequest request, StreamObserver<VerifySnapshotResponse> responses) {
    ProjectId project = CallContext.caller().projectId();
    ResponseStream.serve(responses, draining, answers -> streams.verify(project, request, answers));
  }
}
