package dev.berth.controlplane.session;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.db.Notifications;
import io.grpc.Context;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Waits for wishes to be brought about: hints wake, rows decide, every five seconds at the latest.
 * Each second, a hundred who wait would be a tenth of all that the control plane does for them.
 */
@Singleton
final class SessionWaits {
  private static final Duration LOOK = Duration.ofSeconds(5);

  private final SessionService sessions;
  private final Notifications notifications;

  SessionWaits(SessionService sessions, Notifications notifications) {
    this.sessions = sessions;
    this.notifications = notifications;
  }

  /** Hinted at when a wish of the session was brought about, and not at each step on the way. */
  static String topic(SessionId id) {
    return "settled:" + id;
  }

  /**
   * The session once the wish of that generation, or a later one, is brought about, or as it is
   * when the time is up.
   *
   * @throws CancellationException the caller has gone
   */
  SessionView await(ProjectId project, SessionId id, long generation, Duration time) {
    var hints = new Semaphore(0);
    long end = System.nanoTime() + time.toNanos();
    Context call = Context.current();
    Context.CancellationListener gone = context -> hints.release();
    call.addListener(gone, Runnable::run);
    try (var subscription = notifications.subscribe(topic(id), hints::release)) {
      while (true) {
        boolean reached = sessions.observedGeneration(project, id) >= generation;
        long left = end - System.nanoTime();
        if (reached || left <= 0) {
          return sessions.get(project, id);
        }
        if (call.isCancelled()) {
          throw new CancellationException("the caller has gone");
        }
        if (hints.tryAcquire(Math.min(left, LOOK.toNanos()), TimeUnit.NANOSECONDS)) {
          hints.drainPermits();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    } finally {
      call.removeListener(gone);
    }
  }
}
