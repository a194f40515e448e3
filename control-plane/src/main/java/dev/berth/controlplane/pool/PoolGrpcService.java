package dev.berth.controlplane.pool;

import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.CallContext;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.platform.grpc.Page;
import dev.berth.controlplane.platform.grpc.RequestIds;
import dev.berth.controlplane.session.SessionDefaults;
import dev.berth.controlplane.session.SessionProtoMapper;
import dev.berth.v1.CreatePoolRequest;
import dev.berth.v1.CreatePoolResponse;
import dev.berth.v1.DeletePoolRequest;
import dev.berth.v1.DeletePoolResponse;
import dev.berth.v1.GetPoolRequest;
import dev.berth.v1.GetPoolResponse;
import dev.berth.v1.ListPoolsRequest;
import dev.berth.v1.ListPoolsResponse;
import dev.berth.v1.PoolServiceGrpc;
import dev.berth.v1.PoolServiceGrpc.PoolServiceImplBase;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.UpdatePoolRequest;
import dev.berth.v1.UpdatePoolResponse;
import io.grpc.stub.StreamObserver;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;

/** PoolService of the API. */
@Singleton
final class PoolGrpcService extends PoolServiceImplBase {
  private final PoolService pools;
  private final RequestIds requestIds;
  private final SessionDefaults defaults;

  PoolGrpcService(PoolService pools, RequestIds requestIds, SessionDefaults defaults) {
    this.pools = pools;
    this.requestIds = requestIds;
    this.defaults = defaults;
  }

  @Override
  public void createPool(CreatePoolRequest request, StreamObserver<CreatePoolResponse> observer) {
    Caller caller = CallContext.caller();
    ProjectId project = caller.project(request.getProjectId());
    PoolChange wanted =
        change(
            project,
            request.getLabelsMap(),
            request.getSpec(),
            request.getSize(),
            request.getMaxPerExecutor());
    requestIds.answer(
        PoolServiceGrpc.getCreatePoolMethod(),
        request.getRequestId(),
        request,
        observer,
        () ->
            CreatePoolResponse.newBuilder()
                .setPool(
                    PoolProtoMapper.pool(
                        pools.create(project, request.getName(), wanted, caller.actor())))
                .build());
  }

  @Override
  public void getPool(GetPoolRequest request, StreamObserver<GetPoolResponse> observer) {
    ProjectId project = CallContext.caller().projectId();
    observer.onNext(
        GetPoolResponse.newBuilder()
            .setPool(PoolProtoMapper.pool(pools.get(project, named(request.getPool()))))
            .build());
    observer.onCompleted();
  }

  @Override
  public void listPools(ListPoolsRequest request, StreamObserver<ListPoolsResponse> observer) {
    ProjectId project = CallContext.caller().project(request.getProjectId());
    Page page = Page.of(request.getPageSize(), request.getPageToken(), "ListPools", project);
    List<PoolView> found = pools.list(project, page.after(name -> name).orElse(""), page.limit());
    var response =
        ListPoolsResponse.newBuilder().setNextPageToken(page.next(found, it -> it.pool().name()));
    page.rows(found).map(PoolProtoMapper::pool).forEach(response::addPools);
    observer.onNext(response.build());
    observer.onCompleted();
  }

  @Override
  public void updatePool(UpdatePoolRequest request, StreamObserver<UpdatePoolResponse> observer) {
    Caller caller = CallContext.caller();
    List<String> paths = request.getUpdateMask().getPathsList();
    if (paths.isEmpty()) {
      throw CommonErrors.fieldInvalid("update_mask", "names no field");
    }
    PoolChange given =
        change(
            caller.projectId(),
            request.getLabelsMap(),
            request.getSpec(),
            request.getSize(),
            request.getMaxPerExecutor());
    requestIds.answer(
        PoolServiceGrpc.getUpdatePoolMethod(),
        request.getRequestId(),
        request,
        observer,
        () ->
            UpdatePoolResponse.newBuilder()
                .setPool(
                    PoolProtoMapper.pool(
                        pools.update(
                            caller.projectId(),
                            named(request.getPool()),
                            Fields.version(request.getEtag()),
                            old -> PoolProtoMapper.merge(old, given, paths),
                            caller.actor())))
                .build());
  }

  @Override
  public void deletePool(DeletePoolRequest request, StreamObserver<DeletePoolResponse> observer) {
    Caller caller = CallContext.caller();
    requestIds.answer(
        PoolServiceGrpc.getDeletePoolMethod(),
        request.getRequestId(),
        request,
        observer,
        () -> {
          pools.delete(
              caller.projectId(),
              named(request.getPool()),
              Fields.version(request.getEtag()),
              caller.actor());
          return DeletePoolResponse.getDefaultInstance();
        });
  }

  private PoolChange change(
      ProjectId project, Map<String, String> labels, SessionSpec spec, int size, int most) {
    return new PoolChange(
        labels, PoolSpec.of(SessionProtoMapper.spec(spec, defaults.of(project))), size, most);
  }

  private static String named(String idOrName) {
    Fields.requireNoNul("pool", idOrName);
    return idOrName;
  }
}
