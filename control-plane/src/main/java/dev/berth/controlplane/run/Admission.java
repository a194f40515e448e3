package dev.berth.controlplane.run;

import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.loop.Reconciler;
import dev.berth.controlplane.session.SessionService;
import jakarta.inject.Singleton;
import java.time.Duration;

/**
 * Wakes sessions that fell asleep with runs that could start. The making of a run wakes its session
 * already; this is for runs that waited for something else: a retry's time, room in a queue.
 */
@Singleton
final class Admission implements Reconciler {
  private static final Actor ACTOR = Actor.system("admission");
  private static final int BATCH = 100;

  private final ClaimRepository claims;
  private final SessionService sessions;
  private final Transactions transactions;

  Admission(ClaimRepository claims, SessionService sessions, Transactions transactions) {
    this.claims = claims;
    this.sessions = sessions;
    this.transactions = transactions;
  }

  @Override
  public String name() {
    return "admission";
  }

  @Override
  public Duration interval() {
    return Duration.ofSeconds(10);
  }

  @Override
  public void runOnce() {
    for (ClaimRepository.Asleep asleep : claims.asleep(BATCH)) {
      transactions.run(() -> sessions.wake(asleep.project(), asleep.session(), ACTOR));
    }
  }
}
