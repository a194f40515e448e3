package dev.berth.controlplane.project;

import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.CallContext;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.platform.grpc.PageTokens;
import dev.berth.controlplane.platform.grpc.RequestIds;
import dev.berth.v1.GetProjectRequest;
import dev.berth.v1.GetProjectResponse;
import dev.berth.v1.ListProjectsRequest;
import dev.berth.v1.ListProjectsResponse;
import dev.berth.v1.ProjectServiceGrpc;
import dev.berth.v1.UpdateProjectRequest;
import dev.berth.v1.UpdateProjectResponse;
import io.grpc.stub.StreamObserver;
import io.micronaut.grpc.annotation.GrpcService;

@GrpcService
final class ProjectGrpcService extends ProjectServiceGrpc.ProjectServiceImplBase {
  private final ProjectService projects;
  private final RequestIds requestIds;

  ProjectGrpcService(ProjectService projects, RequestIds requestIds) {
    this.projects = projects;
    this.requestIds = requestIds;
  }

  @Override
  public void getProject(GetProjectRequest request, StreamObserver<GetProjectResponse> observer) {
    Project project = projects.get(CallContext.caller(), request.getProjectId());
    observer.onNext(
        GetProjectResponse.newBuilder().setProject(ProjectProtoMapper.toProto(project)).build());
    observer.onCompleted();
  }

  @Override
  public void updateProject(
      UpdateProjectRequest request, StreamObserver<UpdateProjectResponse> observer) {
    Caller caller = CallContext.caller();
    if (request.getUpdateMask().getPathsList().isEmpty()) {
      throw CommonErrors.fieldInvalid("update_mask", "names no field");
    }
    Long version = Fields.version(request.getEtag());
    requestIds.answer(
        ProjectServiceGrpc.getUpdateProjectMethod(),
        request.getRequestId(),
        request,
        observer,
        () ->
            UpdateProjectResponse.newBuilder()
                .setProject(
                    ProjectProtoMapper.toProto(
                        projects.update(
                            caller,
                            request.getProjectId(),
                            version,
                            old -> ProjectProtoMapper.merge(old, request))))
                .build());
  }

  /** One page holds all there is to see: the caller's own project. */
  @Override
  public void listProjects(
      ListProjectsRequest request, StreamObserver<ListProjectsResponse> observer) {
    Caller caller = CallContext.caller();
    ListProjectsResponse.Builder response = ListProjectsResponse.newBuilder();
    boolean first =
        PageTokens.of("ListProjects", caller.projectId()).decode(request.getPageToken()).isEmpty();
    if (first) {
      response.addProjects(ProjectProtoMapper.toProto(projects.get(caller, "")));
    }
    observer.onNext(response.build());
    observer.onCompleted();
  }
}
