package dev.berth.controlplane.worker;

import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.loop.Reconciler;
import dev.berth.controlplane.session.Session;
import dev.berth.controlplane.session.SessionProgress;
import dev.berth.controlplane.session.SessionState;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Removes copies that serve nobody any more: of sessions stopped for their retention time, of
 * deleted sessions, of sessions that live on another executor by now.
 */
@Singleton
public final class RetirementReconciler implements Reconciler {
  private static final int AT_ONCE = 100;

  private final Transactions transactions;
  private final SessionProgress sessions;
  private final CopyRepository copies;
  private final CopyRetirement retirement;
  private final Clock clock;

  RetirementReconciler(
      Transactions transactions,
      SessionProgress sessions,
      CopyRepository copies,
      CopyRetirement retirement,
      Clock clock) {
    this.transactions = transactions;
    this.sessions = sessions;
    this.copies = copies;
    this.retirement = retirement;
    this.clock = clock;
  }

  @Override
  public String name() {
    return "retirement";
  }

  @Override
  public Duration interval() {
    return Duration.ofSeconds(2);
  }

  @Override
  public Duration rest() {
    return Duration.ofMillis(200);
  }

  @Override
  public List<String> topics() {
    return List.of("work");
  }

  @Override
  public void runOnce() {
    for (Copy candidate : copies.retirable(clock.instant(), AT_ONCE)) {
      transactions.run(() ->
          sessions.tryLock(candidate.sessionId()).ifPresent(session -> retire(session, candidate)));
    }
  }

  private void retire(Session session, Copy candidate) {
    copies
        .find(candidate.sessionId(), candidate.executorId())
        .filter(copy -> !serves(session, copy))
        .ifPresent(
            copy -> retirement.retire(session, copy, session.deleted() && session.wish().force()));
  }

  private boolean serves(Session session, Copy copy) {
    if (session.status().state() == SessionState.DELETED) {
      return false;
    }
    if (copy.generation() < session.activation().workerGeneration()) {
      return false;
    }
    Instant over = session.status().since().plus(session.spec().rules().retentionTimeout());
    boolean stopped = session.status().state() == SessionState.STOPPED;
    return !stopped || !over.isBefore(clock.instant());
  }
}
