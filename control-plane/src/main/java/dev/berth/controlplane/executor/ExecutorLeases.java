package dev.berth.controlplane.executor;

import dev.berth.common.Id.ExecutorId;
import dev.berth.controlplane.event.EventService;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.config.LeaseConfig;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import jakarta.inject.Singleton;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides by the database's clock which executors were not heard of for too long. Time in which no
 * replica could have heard them does not count.
 */
@Singleton
public final class ExecutorLeases {
  private static final Logger log = LoggerFactory.getLogger(ExecutorLeases.class);

  private final LeaseRepository leases;
  private final Transactions transactions;
  private final EventService events;
  private final Notifications notifications;
  private final LeaseConfig config;

  ExecutorLeases(
      LeaseRepository leases,
      Transactions transactions,
      EventService events,
      Notifications notifications,
      LeaseConfig config) {
    this.leases = leases;
    this.transactions = transactions;
    this.events = events;
    this.notifications = notifications;
    this.config = config;
  }

  /** Marks every executor whose lease is over. Two replicas at once do no harm. */
  public void expire() {
    transactions.run(() -> {
      for (Executor executor : leases.expire(config.executor(), config.gap())) {
        log.info("{} ({}) expired", executor.id(), executor.name());
        events.record(
            ExecutorEvents.fact(
                executor,
                Actor.system("leases"),
                "executor.expired",
                "Not heard of for " + config.executor()));
        notifications.publish("executor:" + executor.id());
        notifications.publish("work");
      }
    });
  }

  /** Expired executors whose workers may be given up. */
  public List<ExecutorId> lost() {
    return leases.lost(config.lostAfter(), config.gap());
  }

  public boolean isLost(ExecutorId id) {
    return leases.lost(config.lostAfter(), config.gap()).contains(id);
  }
}
