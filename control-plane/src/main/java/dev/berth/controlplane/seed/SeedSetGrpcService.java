package dev.berth.controlplane.seed;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.CallContext;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.platform.grpc.Page;
import dev.berth.controlplane.platform.grpc.RequestIds;
import dev.berth.format.FileName;
import dev.berth.format.layer.WorkspacePath;
import dev.berth.v1.CreateSeedSetRequest;
import dev.berth.v1.CreateSeedSetResponse;
import dev.berth.v1.DeleteSeedSetRequest;
import dev.berth.v1.DeleteSeedSetResponse;
import dev.berth.v1.GetSeedSetRequest;
import dev.berth.v1.GetSeedSetResponse;
import dev.berth.v1.ListSeedSetsRequest;
import dev.berth.v1.ListSeedSetsResponse;
import dev.berth.v1.SeedSetServiceGrpc;
import io.grpc.stub.StreamObserver;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** SeedSetService of the API. */
@Singleton
final class SeedSetGrpcService extends SeedSetServiceGrpc.SeedSetServiceImplBase {
  private final SeedSetService sets;
  private final RequestIds requestIds;

  SeedSetGrpcService(SeedSetService sets, RequestIds requestIds) {
    this.sets = sets;
    this.requestIds = requestIds;
  }

  @Override
  public void createSeedSet(
      CreateSeedSetRequest request, StreamObserver<CreateSeedSetResponse> responses) {
    Caller caller = CallContext.caller();
    ProjectId project = caller.project(request.getProjectId());
    responses.onNext(
        requestIds.onceAfter(
            caller,
            SeedSetServiceGrpc.getCreateSeedSetMethod(),
            request.getRequestId(),
            request,
            () ->
                sets.store(
                    project,
                    request.getName(),
                    request.getLabelsMap(),
                    caller.actor(),
                    contents(project, request)),
            stored ->
                CreateSeedSetResponse.newBuilder()
                    .setSeedSet(SeedSetProtoMapper.seedSet(sets.publish(stored)))
                    .build()));
    responses.onCompleted();
  }

  private List<SeedContent> contents(ProjectId project, CreateSeedSetRequest request) {
    boolean fromSnapshot = !request.getSnapshotId().isEmpty();
    if (fromSnapshot == (request.getFilesCount() > 0)) {
      throw CommonErrors.fieldInvalid("files", "needs files, or else snapshot_id");
    }
    if (fromSnapshot) {
      SnapshotId snapshot = Fields.id("snapshot_id", request.getSnapshotId(), SnapshotId::parse);
      List<FileName> path =
          request.getSnapshotPath().isEmpty()
              ? List.of()
              : names("snapshot_path", request.getSnapshotPath());
      List<SeedContent> read = sets.read(project, snapshot, path);
      return read.size() == 1 && read.getFirst().path().isEmpty()
          ? List.of(named(read.getFirst(), path.getLast()))
          : read;
    }
    List<SeedContent> contents = new ArrayList<>();
    Set<List<FileName>> taken = new HashSet<>();
    for (int i = 0; i < request.getFilesCount(); i++) {
      String field = "files[" + i + "].path";
      List<FileName> names = names(field, request.getFiles(i).getPath());
      if (!taken.add(names)) {
        throw CommonErrors.fieldInvalid(field, "is there twice");
      }
      contents.add(SeedSetProtoMapper.content(request.getFiles(i)));
    }
    for (int i = 0; i < request.getFilesCount(); i++) {
      List<FileName> names = WorkspacePath.relative(request.getFiles(i).getPath());
      for (int depth = 1; depth < names.size(); depth++) {
        if (taken.contains(names.subList(0, depth))) {
          throw CommonErrors.fieldInvalid(
              "files[" + i + "].path", "lies below another file of the set");
        }
      }
    }
    return contents;
  }

  private static SeedContent named(SeedContent file, FileName name) {
    return new SeedContent(
        new String(name.toBytes(), StandardCharsets.UTF_8), file.mode(), file.content());
  }

  private static List<FileName> names(String field, String path) {
    try {
      return WorkspacePath.relative(path);
    } catch (IllegalArgumentException e) {
      throw CommonErrors.fieldInvalid(field, "must be a normal, relative path");
    }
  }

  @Override
  public void getSeedSet(GetSeedSetRequest request, StreamObserver<GetSeedSetResponse> responses) {
    Fields.requireNoNul("seed_set", request.getSeedSet());
    SeedSet set = sets.get(CallContext.caller().projectId(), request.getSeedSet());
    responses.onNext(
        GetSeedSetResponse.newBuilder().setSeedSet(SeedSetProtoMapper.seedSet(set)).build());
    responses.onCompleted();
  }

  @Override
  public void listSeedSets(
      ListSeedSetsRequest request, StreamObserver<ListSeedSetsResponse> responses) {
    ProjectId project = CallContext.caller().project(request.getProjectId());
    Page page = Page.of(request.getPageSize(), request.getPageToken(), "ListSeedSets", project);
    String after = page.after(name -> name).orElse("");
    List<SeedSet> found = sets.list(project, after, page.limit());
    var response =
        ListSeedSetsResponse.newBuilder().setNextPageToken(page.next(found, SeedSet::name));
    page.rows(found).map(SeedSetProtoMapper::seedSet).forEach(response::addSeedSets);
    responses.onNext(response.build());
    responses.onCompleted();
  }

  @Override
  public void deleteSeedSet(
      DeleteSeedSetRequest request, StreamObserver<DeleteSeedSetResponse> responses) {
    Caller caller = CallContext.caller();
    Fields.requireNoNul("seed_set", request.getSeedSet());
    requestIds.answer(
        SeedSetServiceGrpc.getDeleteSeedSetMethod(),
        request.getRequestId(),
        request,
        responses,
        () -> {
          sets.delete(caller.projectId(), request.getSeedSet());
          return DeleteSeedSetResponse.getDefaultInstance();
        });
  }
}
