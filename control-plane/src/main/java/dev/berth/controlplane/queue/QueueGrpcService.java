package dev.berth.controlplane.queue;

import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.CallContext;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.platform.grpc.Page;
import dev.berth.controlplane.platform.grpc.RequestIds;
import dev.berth.v1.CreateQueueRequest;
import dev.berth.v1.CreateQueueResponse;
import dev.berth.v1.DeleteQueueRequest;
import dev.berth.v1.DeleteQueueResponse;
import dev.berth.v1.GetQueueRequest;
import dev.berth.v1.GetQueueResponse;
import dev.berth.v1.GetQueueStatsRequest;
import dev.berth.v1.GetQueueStatsResponse;
import dev.berth.v1.ListQueuesRequest;
import dev.berth.v1.ListQueuesResponse;
import dev.berth.v1.PauseQueueRequest;
import dev.berth.v1.PauseQueueResponse;
import dev.berth.v1.QueueServiceGrpc;
import dev.berth.v1.QueueServiceGrpc.QueueServiceImplBase;
import dev.berth.v1.ResumeQueueRequest;
import dev.berth.v1.ResumeQueueResponse;
import dev.berth.v1.UpdateQueueRequest;
import dev.berth.v1.UpdateQueueResponse;
import io.grpc.stub.StreamObserver;
import jakarta.inject.Singleton;
import java.util.List;

/** QueueService of the API. */
@Singleton
final class QueueGrpcService extends QueueServiceImplBase {
  private final QueueService queues;
  private final RequestIds requestIds;

  QueueGrpcService(QueueService queues, RequestIds requestIds) {
    this.queues = queues;
    this.requestIds = requestIds;
  }

  @Override
  public void createQueue(
      CreateQueueRequest request, StreamObserver<CreateQueueResponse> responses) {
    Caller caller = CallContext.caller();
    ProjectId project = caller.project(request.getProjectId());
    QueueChange wanted = QueueProtoMapper.change(request.getLabelsMap(), request.getSpec());
    requestIds.answer(
        QueueServiceGrpc.getCreateQueueMethod(),
        request.getRequestId(),
        request,
        responses,
        () ->
            CreateQueueResponse.newBuilder()
                .setQueue(
                    QueueProtoMapper.queue(
                        queues.create(project, request.getName(), wanted, caller.actor())))
                .build());
  }

  @Override
  public void getQueue(GetQueueRequest request, StreamObserver<GetQueueResponse> responses) {
    Caller caller = CallContext.caller();
    Queue queue = queues.get(caller.projectId(), named(request.getQueue()));
    responses.onNext(GetQueueResponse.newBuilder().setQueue(QueueProtoMapper.queue(queue)).build());
    responses.onCompleted();
  }

  @Override
  public void listQueues(ListQueuesRequest request, StreamObserver<ListQueuesResponse> responses) {
    ProjectId project = CallContext.caller().project(request.getProjectId());
    Page page = Page.of(request.getPageSize(), request.getPageToken(), "ListQueues", project);
    List<Queue> found = queues.list(project, page.after(name -> name).orElse(""), page.limit());
    var response = ListQueuesResponse.newBuilder().setNextPageToken(page.next(found, Queue::name));
    page.rows(found).map(QueueProtoMapper::queue).forEach(response::addQueues);
    responses.onNext(response.build());
    responses.onCompleted();
  }

  @Override
  public void updateQueue(
      UpdateQueueRequest request, StreamObserver<UpdateQueueResponse> responses) {
    Caller caller = CallContext.caller();
    if (request.getUpdateMask().getPathsCount() == 0) {
      throw CommonErrors.fieldInvalid("update_mask", "names no field");
    }
    requestIds.answer(
        QueueServiceGrpc.getUpdateQueueMethod(),
        request.getRequestId(),
        request,
        responses,
        () ->
            UpdateQueueResponse.newBuilder()
                .setQueue(
                    QueueProtoMapper.queue(
                        queues.update(
                            caller.projectId(),
                            named(request.getQueue()),
                            Fields.version(request.getEtag()),
                            old -> QueueProtoMapper.merge(old, request),
                            caller.actor())))
                .build());
  }

  @Override
  public void deleteQueue(
      DeleteQueueRequest request, StreamObserver<DeleteQueueResponse> responses) {
    Caller caller = CallContext.caller();
    requestIds.answer(
        QueueServiceGrpc.getDeleteQueueMethod(),
        request.getRequestId(),
        request,
        responses,
        () -> {
          queues.delete(
              caller.projectId(),
              named(request.getQueue()),
              Fields.version(request.getEtag()),
              caller.actor());
          return DeleteQueueResponse.getDefaultInstance();
        });
  }

  @Override
  public void pauseQueue(PauseQueueRequest request, StreamObserver<PauseQueueResponse> responses) {
    Caller caller = CallContext.caller();
    requestIds.answer(
        QueueServiceGrpc.getPauseQueueMethod(),
        request.getRequestId(),
        request,
        responses,
        () ->
            PauseQueueResponse.newBuilder()
                .setQueue(pause(caller, request.getQueue(), true))
                .build());
  }

  @Override
  public void resumeQueue(
      ResumeQueueRequest request, StreamObserver<ResumeQueueResponse> responses) {
    Caller caller = CallContext.caller();
    requestIds.answer(
        QueueServiceGrpc.getResumeQueueMethod(),
        request.getRequestId(),
        request,
        responses,
        () ->
            ResumeQueueResponse.newBuilder()
                .setQueue(pause(caller, request.getQueue(), false))
                .build());
  }

  private dev.berth.v1.Queue pause(Caller caller, String queue, boolean paused) {
    return QueueProtoMapper.queue(
        queues.pause(caller.projectId(), named(queue), paused, caller.actor()));
  }

  @Override
  public void getQueueStats(
      GetQueueStatsRequest request, StreamObserver<GetQueueStatsResponse> responses) {
    QueueStats stats = queues.stats(CallContext.caller().projectId(), named(request.getQueue()));
    responses.onNext(
        GetQueueStatsResponse.newBuilder().setStats(QueueProtoMapper.stats(stats)).build());
    responses.onCompleted();
  }

  private static String named(String idOrName) {
    Fields.requireNoNul("queue", idOrName);
    return idOrName;
  }
}
