package dev.berth.controlplane.snapshot;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.CallContext;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.platform.grpc.PageTokens;
import dev.berth.v1.GetSnapshotRequest;
import dev.berth.v1.GetSnapshotResponse;
import dev.berth.v1.ListSnapshotsRequest;
import dev.berth.v1.ListSnapshotsResponse;
import dev.berth.v1.SnapshotServiceGrpc;
import io.grpc.stub.StreamObserver;
import jakarta.inject.Singleton;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Serves {@code berth.v1.SnapshotService}. */
@Singleton
final class SnapshotGrpcService extends SnapshotServiceGrpc.SnapshotServiceImplBase {

  private final SnapshotService snapshots;

  SnapshotGrpcService(SnapshotService snapshots) {
    this.snapshots = snapshots;
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
    PageTokens tokens = PageTokens.of("ListSnapshots", project, request.getSessionId());
    int size = Fields.pageSize(request.getPageSize());
    List<Snapshot> found =
        snapshots.list(project, session, before(tokens, request.getPageToken()), size + 1);
    List<Snapshot> page = found.subList(0, Math.min(size, found.size()));
    var response = ListSnapshotsResponse.newBuilder();
    page.forEach(snapshot -> response.addSnapshots(SnapshotProtoMapper.snapshot(snapshot)));
    if (found.size() > size) {
      response.setNextPageToken(tokens.encode(page.getLast().id().toString()));
    }
    responses.onNext(response.build());
    responses.onCompleted();
  }

  private static @Nullable SnapshotId before(PageTokens tokens, String token) {
    List<String> key = tokens.decode(token).orElse(List.of());
    if (key.isEmpty()) {
      return null;
    }
    try {
      return SnapshotId.parse(key.getFirst());
    } catch (IllegalArgumentException e) {
      throw CommonErrors.pageTokenInvalid();
    }
  }
}
