package dev.berth.controlplane.session;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.event.EventCursor;
import dev.berth.controlplane.event.EventFilter;
import dev.berth.controlplane.event.EventFollower;
import dev.berth.controlplane.event.EventPage;
import dev.berth.controlplane.event.EventProtoMapper;
import dev.berth.controlplane.event.EventService;
import dev.berth.controlplane.platform.grpc.Draining;
import dev.berth.controlplane.platform.grpc.ResponseStream;
import dev.berth.controlplane.platform.grpc.WatchLimits;
import dev.berth.v1.WatchSessionResponse;
import io.grpc.stub.StreamObserver;
import jakarta.inject.Singleton;

/** Serves WatchSession: the session as it is, then its history and what it becomes by it. */
@Singleton
final class SessionWatchStream {
  private final SessionService sessions;
  private final EventService events;
  private final EventFollower follower;
  private final WatchLimits limits;
  private final Draining draining;

  SessionWatchStream(
      SessionService sessions,
      EventService events,
      EventFollower follower,
      WatchLimits limits,
      Draining draining) {
    this.sessions = sessions;
    this.events = events;
    this.follower = follower;
    this.limits = limits;
    this.draining = draining;
  }

  void serve(
      ProjectId project,
      SessionId id,
      String afterCursor,
      StreamObserver<WatchSessionResponse> observer) {
    EventCursor after = EventProtoMapper.cursor(afterCursor);
    SessionView first = sessions.get(project, id);
    EventFilter filter = EventFilter.ofSession(project, id);
    boolean over = ended(first) && events.read(filter, after, 1).events().isEmpty();
    ResponseStream.serve(
        observer,
        draining,
        limits.bounded(
            project,
            stream -> {
              stream.send(
                  WatchSessionResponse.newBuilder()
                      .setSession(SessionProtoMapper.session(first))
                      .setCursor(after.toString())
                      .build());
              if (!over) {
                follower.follow(stream, filter, after, page -> step(project, id, page));
              }
            }));
  }

  private EventFollower.Step<WatchSessionResponse> step(
      ProjectId project, SessionId id, EventPage page) {
    SessionView now = sessions.get(project, id);
    var response =
        WatchSessionResponse.newBuilder()
            .setSession(SessionProtoMapper.session(now))
            .setCursor(page.cursor().toString());
    page.events().stream().map(EventProtoMapper::event).forEach(response::addEvents);
    boolean last = page.events().stream().anyMatch(event -> event.type().equals("session.deleted"));
    return new EventFollower.Step<>(response.build(), last);
  }

  private static boolean ended(SessionView view) {
    return view.session().status().state() == SessionState.DELETED;
  }
}
