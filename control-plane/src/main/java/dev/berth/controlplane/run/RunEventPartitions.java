package dev.berth.controlplane.run;

import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.loop.Reconciler;
import dev.berth.controlplane.platform.loop.StartTask;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a partition of the run events ready for this month and the next: at each start, then each
 * day. Where that fails events go to the default partition, and nothing is lost.
 */
@Singleton
final class RunEventPartitions implements StartTask, Reconciler {
  private static final Logger log = LoggerFactory.getLogger(RunEventPartitions.class);

  private final RunEventRepository events;
  private final Transactions transactions;

  RunEventPartitions(RunEventRepository events, Transactions transactions) {
    this.events = events;
    this.transactions = transactions;
  }

  @Override
  public void run() {
    try {
      runOnce();
    } catch (RuntimeException e) {
      log.warn("no partition could be made for the events of runs; they go to the default one", e);
    }
  }

  @Override
  public String name() {
    return "run-event-partitions";
  }

  @Override
  public Duration interval() {
    return Duration.ofDays(1);
  }

  @Override
  public void runOnce() {
    transactions.run(events::ensurePartitions);
  }
}
