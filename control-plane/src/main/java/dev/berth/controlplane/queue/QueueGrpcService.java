package dev.berth.controlplane.queue;

import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.grpc.CallContext;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.platform.grpc.Page;
import dev.berth.v1.GetQueueRequest;
import dev.berth.v1.GetQueueResponse;
import dev.berth.v1.ListQueuesRequest;
import dev.berth.v1.ListQueuesResponse;
import dev.berth.v1.QueueServiceGrpc.QueueServiceImplBase;
import io.grpc.stub.StreamObserver;
import jakarta.inject.Singleton;
import java.util.List;

/** QueueService of the API. */
@Singleton
final class QueueGrpcService extends QueueServiceImplBase {
  private final QueueService queues;

  QueueGrpcService(QueueService queues) {
    this.queues = queues;
  }

  @Override
  public void getQueue(GetQueueRequest request, StreamObserver<GetQueueResponse> responses) {
    Caller caller = CallContext.caller();
    Fields.requireNoNul("queue", request.getQueue());
    Queue queue = queues.get(caller.projectId(), request.getQueue());
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
}
