package dev.berth.cli.resource;

import dev.berth.cli.connection.Backoff;
import dev.berth.v1.Event;
import dev.berth.v1.EventFilter;
import dev.berth.v1.EventServiceGrpc.EventServiceBlockingStub;
import dev.berth.v1.WatchEventsRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.function.Consumer;

/**
 * Reads a project's feed for as long as it is let, each event once and in order: a broken stream is
 * resumed behind the last cursor, with backoff from 100 ms to 5 s, for as long as the control plane
 * is away.
 */
final class FeedFollower {
  private final EventServiceBlockingStub events;
  private final EventFilter filter;

  FeedFollower(EventServiceBlockingStub events, EventFilter filter) {
    this.events = events;
    this.filter = filter;
  }

  /**
   * Returns when the thread is interrupted.
   *
   * @param after a cursor, {@code start}, or empty for from now on
   * @param broken told once for each time the stream broke
   */
  void follow(String after, Consumer<Event> each, Runnable broken) {
    String cursor = after;
    var backoff = new Backoff();
    while (!Thread.currentThread().isInterrupted()) {
      try {
        var request =
            WatchEventsRequest.newBuilder().setFilter(filter).setAfterCursor(cursor).build();
        var answers = events.watchEvents(request);
        while (answers.hasNext()) {
          var answer = answers.next();
          answer.getEventsList().forEach(each);
          cursor = answer.getCursor();
          backoff.reset();
        }
      } catch (StatusRuntimeException e) {
        if (e.getStatus().getCode() != Status.Code.UNAVAILABLE) {
          throw e;
        }
      }
      broken.run();
      backoff.pause();
    }
  }
}
