package dev.berth.controlplane.run;

import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.loop.Reconciler;
import dev.berth.controlplane.queue.QueueService;
import dev.berth.controlplane.session.RetentionConfig;
import jakarta.inject.Singleton;
import java.time.Duration;

/**
 * Removes runs that ended longer ago than their retention, with their attempts and events: in small
 * transactions, so that nothing waits long for a lock. Interrupted anywhere, the next step goes on.
 * Files that they left stay as long as said with them. With the last run of a deleted queue goes
 * what was left of that.
 */
@Singleton
final class RunRetention implements Reconciler {
  private final RunRemains remains;
  private final QueueService queues;
  private final Transactions transactions;
  private final RetentionConfig config;

  RunRetention(
      RunRemains remains, QueueService queues, Transactions transactions, RetentionConfig config) {
    this.remains = remains;
    this.queues = queues;
    this.transactions = transactions;
    this.config = config;
  }

  @Override
  public String name() {
    return "run-retention";
  }

  @Override
  public Duration interval() {
    return config.interval();
  }

  @Override
  public void runOnce() {
    boolean more;
    do {
      more = transactions.call(() -> remains.removeEnded(config.runs()));
    } while (more);
    queues.removeRemains();
  }
}
