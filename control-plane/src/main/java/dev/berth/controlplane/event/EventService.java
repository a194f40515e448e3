package dev.berth.controlplane.event;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import jakarta.inject.Singleton;
import java.util.List;

/** Records facts and reads the feed of a project. */
@Singleton
public final class EventService {
  /** The most events that one page holds. */
  public static final int MAX_PAGE = 1_000;

  private static final int MAX_FORGOTTEN = 5_000;

  private final EventRepository events;
  private final Transactions transactions;
  private final Notifications notifications;

  EventService(EventRepository events, Transactions transactions, Notifications notifications) {
    this.events = events;
    this.transactions = transactions;
    this.notifications = notifications;
  }

  /** Records the fact with the caller's transaction: both commit or neither. */
  public void record(NewEvent event) {
    if (!transactions.isActive()) {
      throw new IllegalStateException(event.type() + " is recorded outside of a transaction");
    }
    events.insert(event);
    notifications.publish("project:" + event.projectId());
    if (event.sessionId() != null) {
      notifications.publish("session:" + event.sessionId());
    }
  }

  /**
   * Up to {@code limit} events behind {@code after}. Events show once every transaction that began
   * before theirs has ended, so that none is ever skipped.
   */
  public EventPage read(EventFilter filter, EventCursor after, int limit) {
    EventCursor horizon = events.horizon();
    if (after.xid() > horizon.xid()) {
      throw EventErrors.cursorAhead();
    }
    List<Event> found = events.read(filter, after, horizon, limit);
    if (found.size() == limit) {
      return new EventPage(found, found.getLast().cursor(), true);
    }
    return new EventPage(found, after.compareTo(horizon) > 0 ? after : horizon, false);
  }

  /**
   * Removes some of the history of a session whose retention is over, oldest first. Cursors stay
   * valid.
   *
   * @return whether there may be more
   */
  public boolean forget(SessionId session) {
    return events.delete(session, MAX_FORGOTTEN) == MAX_FORGOTTEN;
  }

  /** The position behind all that shows now. */
  public EventCursor now() {
    return events.horizon();
  }
}
