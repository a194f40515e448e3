package dev.berth.controlplane.worker;

import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.loop.Reconciler;
import dev.berth.controlplane.session.SessionProgress;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;

/** Orders sessions saved, live, whose run has been under way for their sync interval. */
@Singleton
public final class IntervalSyncs implements Reconciler {
  private static final int AT_ONCE = 100;

  private final Transactions transactions;
  private final SessionProgress sessions;
  private final CopyRepository copies;
  private final Transitions transitions;
  private final Clock clock;

  IntervalSyncs(
      Transactions transactions,
      SessionProgress sessions,
      CopyRepository copies,
      Transitions transitions,
      Clock clock) {
    this.transactions = transactions;
    this.sessions = sessions;
    this.copies = copies;
    this.transitions = transitions;
    this.clock = clock;
  }

  @Override
  public String name() {
    return "interval-syncs";
  }

  @Override
  public Duration interval() {
    return Duration.ofSeconds(5);
  }

  @Override
  public void runOnce() {
    for (Copy due : copies.dueForSync(clock.instant(), AT_ONCE)) {
      transactions.run(() -> sessions.tryLock(due.sessionId()).ifPresent(session -> order(due)));
    }
  }

  /** Behind the session's lock: an order that came meanwhile will do. */
  private void order(Copy due) {
    copies
        .find(due.sessionId(), due.executorId())
        .filter(copy -> copy.generation() == due.generation() && !copy.orders().outstanding())
        .ifPresent(copy -> {
          long order = copies.order(copy, "INTERVAL", null);
          assert order > copy.orders().given();
          transitions.tell(copy);
        });
  }
}
