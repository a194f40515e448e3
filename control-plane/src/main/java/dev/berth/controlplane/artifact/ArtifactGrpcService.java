package dev.berth.controlplane.artifact;

import dev.berth.common.Id.ArtifactId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.grpc.CallContext;
import dev.berth.controlplane.platform.grpc.CommonProtoMapper;
import dev.berth.controlplane.platform.grpc.Draining;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.platform.grpc.Page;
import dev.berth.controlplane.platform.grpc.RequestIds;
import dev.berth.controlplane.platform.grpc.ResponseStream;
import dev.berth.controlplane.relay.CallThreads;
import dev.berth.controlplane.relay.MessageStream;
import dev.berth.v1.ArtifactServiceGrpc;
import dev.berth.v1.CreateArtifactRequest;
import dev.berth.v1.CreateArtifactResponse;
import dev.berth.v1.DeleteArtifactRequest;
import dev.berth.v1.DeleteArtifactResponse;
import dev.berth.v1.DownloadArtifactRequest;
import dev.berth.v1.DownloadArtifactResponse;
import dev.berth.v1.GetArtifactRequest;
import dev.berth.v1.GetArtifactResponse;
import dev.berth.v1.ListArtifactsRequest;
import dev.berth.v1.ListArtifactsResponse;
import io.grpc.stub.StreamObserver;
import jakarta.inject.Singleton;
import java.util.List;

/** Serves {@code berth.v1.ArtifactService}. */
@Singleton
final class ArtifactGrpcService extends ArtifactServiceGrpc.ArtifactServiceImplBase {
  private final ArtifactService artifacts;
  private final ArtifactCreation creation;
  private final ArtifactDownloadStream downloads;
  private final RequestIds requestIds;
  private final CallThreads threads;
  private final Draining draining;

  ArtifactGrpcService(
      ArtifactService artifacts,
      ArtifactCreation creation,
      ArtifactDownloadStream downloads,
      RequestIds requestIds,
      CallThreads threads,
      Draining draining) {
    this.artifacts = artifacts;
    this.creation = creation;
    this.downloads = downloads;
    this.requestIds = requestIds;
    this.threads = threads;
    this.draining = draining;
  }

  @Override
  public void createArtifact(
      CreateArtifactRequest request, StreamObserver<CreateArtifactResponse> responses) {
    MessageStream<?, CreateArtifactResponse> call = MessageStream.answer(responses);
    Caller caller = CallContext.caller();
    threads.serve(call, () -> call.write(create(caller, request)));
  }

  private CreateArtifactResponse create(Caller caller, CreateArtifactRequest request)
      throws InterruptedException {
    ArtifactProtoMapper.requirePath("path", request.getPath());
    request
        .getLabelsMap()
        .forEach((key, value) -> Fields.requireNoNul("labels[\"" + key + "\"]", key + value));
    var wish =
        new ArtifactCreation.Wish(
            Fields.id("session_id", request.getSessionId(), SessionId::parse),
            request.getSnapshotId().isEmpty()
                ? null
                : Fields.id("snapshot_id", request.getSnapshotId(), SnapshotId::parse),
            request.getPath(),
            request.getLabelsMap(),
            request.hasRetention() ? CommonProtoMapper.duration(request.getRetention()) : null);
    return requestIds.onceAfter(
        caller,
        ArtifactServiceGrpc.getCreateArtifactMethod(),
        request.getRequestId(),
        request,
        () -> creation.store(caller, wish),
        stored ->
            CreateArtifactResponse.newBuilder()
                .setArtifact(ArtifactProtoMapper.artifact(creation.finish(stored)))
                .build());
  }

  @Override
  public void getArtifact(
      GetArtifactRequest request, StreamObserver<GetArtifactResponse> responses) {
    Artifact artifact =
        artifacts.get(CallContext.caller().projectId(), id(request.getArtifactId()));
    responses.onNext(
        GetArtifactResponse.newBuilder()
            .setArtifact(ArtifactProtoMapper.artifact(artifact))
            .build());
    responses.onCompleted();
  }

  @Override
  public void listArtifacts(
      ListArtifactsRequest request, StreamObserver<ListArtifactsResponse> responses) {
    ProjectId project = CallContext.caller().project(request.getProjectId());
    var filter =
        new ArtifactFilter(
            project,
            request.getSessionId().isEmpty()
                ? null
                : Fields.id("session_id", request.getSessionId(), SessionId::parse),
            request.getRunId().isEmpty()
                ? null
                : Fields.id("run_id", request.getRunId(), RunId::parse),
            ArtifactProtoMapper.kind(request.getKind()));
    Page page = Page.of(request.getPageSize(), request.getPageToken(), "ListArtifacts", filter);
    ArtifactId before = page.after(ArtifactId::parse).orElse(null);
    List<Artifact> found = artifacts.list(filter, before, page.limit());
    var response =
        ListArtifactsResponse.newBuilder().setNextPageToken(page.next(found, Artifact::id));
    page.rows(found).map(ArtifactProtoMapper::artifact).forEach(response::addArtifacts);
    responses.onNext(response.build());
    responses.onCompleted();
  }

  @Override
  public void downloadArtifact(
      DownloadArtifactRequest request, StreamObserver<DownloadArtifactResponse> responses) {
    Artifact artifact =
        artifacts.get(CallContext.caller().projectId(), id(request.getArtifactId()));
    ResponseStream.serve(
        responses,
        draining,
        answers -> downloads.send(artifact, request.getOffset(), request.getLength(), answers));
  }

  @Override
  public void deleteArtifact(
      DeleteArtifactRequest request, StreamObserver<DeleteArtifactResponse> responses) {
    Caller caller = CallContext.caller();
    ArtifactId id = id(request.getArtifactId());
    requestIds.answer(
        ArtifactServiceGrpc.getDeleteArtifactMethod(),
        request.getRequestId(),
        request,
        responses,
        () -> {
          artifacts.delete(caller.projectId(), id, caller.actor());
          return DeleteArtifactResponse.getDefaultInstance();
        });
  }

  private static ArtifactId id(String text) {
    return Fields.id("artifact_id", text, ArtifactId::parse);
  }
}
