package dev.berth.controlplane.event;

import dev.berth.controlplane.platform.config.WatchConfig;
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
  private static final Duration FIRST_LOOK = Duration.ofMillis(10);
  private static final int PAGE = 200;

  private final EventService events;
  private final Notifications notifications;
  private final WatchConfig timing;

  EventFollower(EventService events, Notifications notifications, WatchConfig timing) {
    this.events = events;
    this.notifications = notifications;
    this.timing = timing;
  }

  /** What to send, and whether it is the last. */
  public record Step<T>(T message, boolean last) {}

  /**
   * Sends what {@code message} makes of each page that is not empty, and of an empty one as a
   * bookmark, until a step is the last. A reader that takes nothing for too long is cut
   * (WATCH_TOO_SLOW), with the cursor of what it was sent last.
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
      Duration pause = timing.interval();
      while (true) {
        EventPage page = events.read(filter, cursor, PAGE);
        boolean due = System.nanoTime() - sent >= timing.bookmark().toNanos();
        if (!page.events().isEmpty() || due) {
          if (!stream.awaitReady(timing.slow())) {
            throw EventErrors.tooSlow(cursor);
          }
          Step<T> step = message.apply(page);
          stream.send(step.message());
          if (step.last()) {
            return;
          }
          sent = System.nanoTime();
          pause = timing.interval();
        }
        cursor = page.cursor();
        if (!page.more()) {
          pause = stream.awaitHint(pause) ? FIRST_LOOK : longer(pause);
        }
      }
    }
  }

  private Duration longer(Duration pause) {
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(timing.interval()) > 0 ? timing.interval() : twice;
  }
}
