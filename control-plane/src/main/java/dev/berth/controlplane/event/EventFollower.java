package dev.berth.controlplane.event;

import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.grpc.ResponseStream;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.function.Function;

/**
 * Sends a feed to a stream, for as long as it is open: what is there, then what comes. A feed that
 * is hinted at shows its event only once every older transaction has ended, so a follower looks
 * again soon after a hint that brought nothing.
 */
@Singleton
public final class EventFollower {
  private static final Duration BOOKMARK = Duration.ofSeconds(15);
  private static final Duration SLOW = Duration.ofSeconds(30);
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final Duration FIRST_LOOK = Duration.ofMillis(10);
  private static final int PAGE = 200;

  private final EventService events;
  private final Notifications notifications;

  EventFollower(EventService events, Notifications notifications) {
    this.events = events;
    this.notifications = notifications;
  }

  /** What to send, and whether it is the last. */
  public record Step<T>(T message, boolean last) {}

  /**
   * Sends what {@code message} makes of each page that is not empty, and of an empty one every 15
   * s, until a step is the last. A reader that takes nothing for 30 s is cut (WATCH_TOO_SLOW).
   */
  public <T> void follow(
      ResponseStream<T> stream,
      EventFilter filter,
      EventCursor after,
      Function<EventPage, Step<T>> message)
      throws InterruptedException {
    String topic =
        filter.sessionId() == null
            ? "project:" + filter.projectId()
            : "session:" + filter.sessionId();
    try (Notifications.Subscription hints = notifications.subscribe(topic, stream::hint)) {
      assert hints != null;
      EventCursor cursor = after;
      long sent = System.nanoTime();
      Duration pause = INTERVAL;
      while (true) {
        EventPage page = events.read(filter, cursor, PAGE);
        cursor = page.cursor();
        boolean due = System.nanoTime() - sent >= BOOKMARK.toNanos();
        if (!page.events().isEmpty() || due) {
          if (!stream.awaitReady(SLOW)) {
            throw EventErrors.tooSlow(cursor);
          }
          Step<T> step = message.apply(page);
          stream.send(step.message());
          if (step.last()) {
            return;
          }
          sent = System.nanoTime();
          pause = INTERVAL;
        }
        if (!page.more()) {
          pause = stream.awaitHint(pause) ? FIRST_LOOK : longer(pause);
        }
      }
    }
  }

  private static Duration longer(Duration pause) {
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(INTERVAL) > 0 ? INTERVAL : twice;
  }
}
