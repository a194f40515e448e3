package dev.berth.controlplane.queue;

import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.grpc.CallContext;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.platform.grpc.PageTokens;
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
    int size = Fields.pageSize(request.getPageSize());
    PageTokens tokens = PageTokens.of("ListQueues", project);
    String after = tokens.decode(request.getPageToken()).map(List::getFirst).orElse("");
    List<Queue> found = queues.list(project, after, size + 1);
    ListQueuesResponse.Builder response = ListQueuesResponse.newBuilder();
    found.stream().limit(size).map(QueueProtoMapper::queue).forEach(response::addQueues);
    if (found.size() > size) {
      response.setNextPageToken(tokens.encode(found.get(size - 1).name()));
    }
    responses.onNext(response.build());
    responses.onCompleted();
  }
}
