package dev.berth.controlplane.session;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.event.EventService;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.loop.Reconciler;
import dev.berth.controlplane.session.SessionRemains.Progress;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes sessions that were deleted longer ago than their retention, with all that is kept of
 * them: in small transactions, so that nothing waits long for a lock. A session that another
 * replica works on is passed over. Interrupted anywhere, the next step goes on.
 */
@Singleton
public final class SessionRetention implements Reconciler {
  private static final int PAGE = 100;
  private static final Logger log = LoggerFactory.getLogger(SessionRetention.class);

  private final Transactions transactions;
  private final SessionRetentionRepository sessions;
  private final List<SessionRemains> remains;
  private final EventService events;
  private final RetentionConfig config;
  private final Clock clock;

  SessionRetention(
      Transactions transactions,
      SessionRetentionRepository sessions,
      List<SessionRemains> remains,
      EventService events,
      RetentionConfig config,
      Clock clock) {
    this.transactions = transactions;
    this.sessions = sessions;
    this.remains = remains.stream().sorted(Comparator.comparing(SessionRemains::layer)).toList();
    this.events = events;
    this.config = config;
    this.clock = clock;
  }

  @Override
  public String name() {
    return "session-retention";
  }

  @Override
  public Duration interval() {
    return config.interval();
  }

  @Override
  public void runOnce() {
    Instant before = clock.instant().minus(config.deletedSessions());
    @Nullable SessionId after = null;
    List<SessionId> page;
    do {
      page = sessions.deletedBefore(before, after, PAGE);
      for (SessionId id : page) {
        remove(id);
        after = id;
      }
    } while (page.size() == PAGE);
  }

  /** A session that fails does not keep the others. */
  private void remove(SessionId id) {
    try {
      if (all(id, session -> events.forget(session) ? Progress.MORE : Progress.NOTHING_LEFT)
          && remains.stream().allMatch(remain -> all(id, remain::remove))
          && all(id, this::removeRow)) {
        log.info("{} is removed: it was deleted {} ago", id, config.deletedSessions());
      }
    } catch (RuntimeException e) {
      log.warn("{} is not removed yet", id, e);
    }
  }

  private Progress removeRow(SessionId id) {
    sessions.delete(id);
    return Progress.NOTHING_LEFT;
  }

  /** Whether the steps came to their end. */
  private boolean all(SessionId id, Function<SessionId, Progress> step) {
    Progress progress;
    do {
      progress =
          transactions.call(() -> sessions.tryLockDeleted(id) ? step.apply(id) : Progress.WAITING);
    } while (progress == Progress.MORE);
    return progress == Progress.NOTHING_LEFT;
  }
}
