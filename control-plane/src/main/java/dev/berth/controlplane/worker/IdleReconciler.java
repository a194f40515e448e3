package dev.berth.controlplane.worker;

import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.loop.Reconciler;
import dev.berth.controlplane.session.Session;
import dev.berth.controlplane.session.SessionProgress;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Wishes sessions stopped that nobody used for their idle time. */
@Singleton
public final class IdleReconciler implements Reconciler {
  private static final int AT_ONCE = 100;
  private static final Logger log = LoggerFactory.getLogger(IdleReconciler.class);

  private final Transactions transactions;
  private final SessionProgress sessions;
  private final Notifications notifications;

  IdleReconciler(Transactions transactions, SessionProgress sessions, Notifications notifications) {
    this.transactions = transactions;
    this.sessions = sessions;
    this.notifications = notifications;
  }

  @Override
  public String name() {
    return "idle";
  }

  @Override
  public Duration interval() {
    return Duration.ofSeconds(2);
  }

  @Override
  public void runOnce() {
    for (Session seen : sessions.idle(AT_ONCE)) {
      boolean stopped = transactions.call(() -> sessions.stopIdle(seen));
      log.debug("{} is idle; wished stopped: {}", seen.id(), stopped);
      if (stopped) {
        notifications.publish("work");
      }
    }
  }
}
