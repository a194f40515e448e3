package dev.berth.controlplane.event;

import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.event.EventFollower.Step;
import dev.berth.controlplane.platform.grpc.CallContext;
import dev.berth.controlplane.platform.grpc.Draining;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.platform.grpc.ResponseStream;
import dev.berth.controlplane.platform.grpc.WatchLimits;
import dev.berth.v1.EventServiceGrpc.EventServiceImplBase;
import dev.berth.v1.ListEventsRequest;
import dev.berth.v1.ListEventsResponse;
import dev.berth.v1.WatchEventsRequest;
import dev.berth.v1.WatchEventsResponse;
import io.grpc.stub.StreamObserver;
import jakarta.inject.Singleton;

/** EventService of the API. */
@Singleton
final class EventGrpcService extends EventServiceImplBase {
  private static final int DEFAULT_PAGE = 100;
  private static final String FROM_START = "start";

  private final EventService events;
  private final EventFollower follower;
  private final WatchLimits limits;
  private final Draining draining;

  EventGrpcService(
      EventService events, EventFollower follower, WatchLimits limits, Draining draining) {
    this.events = events;
    this.follower = follower;
    this.limits = limits;
    this.draining = draining;
  }

  @Override
  public void listEvents(ListEventsRequest request, StreamObserver<ListEventsResponse> responses) {
    ProjectId project = CallContext.caller().project(request.getProjectId());
    EventFilter filter = EventProtoMapper.filter(project, request.getFilter());
    int size = request.getPageSize() == 0 ? DEFAULT_PAGE : Fields.pageSize(request.getPageSize());
    EventPage page = events.read(filter, EventProtoMapper.cursor(request.getAfterCursor()), size);
    ListEventsResponse.Builder response =
        ListEventsResponse.newBuilder().setCursor(page.cursor().toString()).setMore(page.more());
    page.events().stream().map(EventProtoMapper::event).forEach(response::addEvents);
    responses.onNext(response.build());
    responses.onCompleted();
  }

  @Override
  public void watchEvents(
      WatchEventsRequest request, StreamObserver<WatchEventsResponse> responses) {
    ProjectId project = CallContext.caller().project(request.getProjectId());
    EventFilter filter = EventProtoMapper.filter(project, request.getFilter());
    String after = request.getAfterCursor();
    EventCursor cursor =
        after.isEmpty()
            ? events.now()
            : EventProtoMapper.cursor(after.equals(FROM_START) ? "" : after);
    ResponseStream.serve(
        responses,
        draining,
        limits.bounded(
            project,
            stream -> {
              // Where it begins: whoever loses the stream before the first event misses nothing.
              stream.send(WatchEventsResponse.newBuilder().setCursor(cursor.toString()).build());
              follower.follow(stream, filter, cursor, page -> new Step<>(response(page), false));
            }));
  }

  private static WatchEventsResponse response(EventPage page) {
    WatchEventsResponse.Builder response =
        WatchEventsResponse.newBuilder().setCursor(page.cursor().toString());
    page.events().stream().map(EventProtoMapper::event).forEach(response::addEvents);
    return response.build();
  }
}
