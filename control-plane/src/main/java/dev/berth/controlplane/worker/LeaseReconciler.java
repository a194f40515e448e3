package dev.berth.controlplane.worker;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.executor.ExecutorLeases;
import dev.berth.controlplane.platform.config.LeaseConfig;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.loop.Reconciler;
import dev.berth.controlplane.platform.replica.ReplicaHeartbeat;
import dev.berth.controlplane.session.Session;
import dev.berth.controlplane.session.SessionProgress;
import jakarta.inject.Singleton;
import java.time.Duration;

/**
 * Expires executors that were not heard of for their lease, and gives up the workers and the
 * unsaved copies of those not heard of for {@code lost_after}. Only the database's clock counts,
 * and only time in which the executor could have been heard.
 */
@Singleton
public final class LeaseReconciler implements Reconciler {
  private final ReplicaHeartbeat listening;
  private final ExecutorLeases leases;
  private final Transactions transactions;
  private final SessionProgress sessions;
  private final WorkerRepository workers;
  private final CopyRepository copies;
  private final Transitions transitions;
  private final Duration interval;

  LeaseReconciler(
      ReplicaHeartbeat listening,
      ExecutorLeases leases,
      Transactions transactions,
      SessionProgress sessions,
      WorkerRepository workers,
      CopyRepository copies,
      Transitions transitions,
      LeaseConfig config) {
    this.listening = listening;
    this.leases = leases;
    this.transactions = transactions;
    this.sessions = sessions;
    this.workers = workers;
    this.copies = copies;
    this.transitions = transitions;
    Duration most = Duration.ofSeconds(1);
    Duration quarter = config.heartbeat().dividedBy(2);
    this.interval = quarter.compareTo(most) < 0 ? quarter : most;
  }

  @Override
  public String name() {
    return "leases";
  }

  @Override
  public Duration interval() {
    return interval;
  }

  @Override
  public void runOnce() {
    // first: after a pause of this process its row still says that it listened all the while
    listening.runOnce();
    leases.expire();
    for (ExecutorId executor : leases.lost()) {
      for (SessionId session : workers.sessionsAtRisk(executor)) {
        transactions.run(
            () -> sessions.lock(session).ifPresent(locked -> giveUp(locked, executor)));
      }
    }
  }

  /** Behind the session's lock: a Hello that came first has renewed the lease for all to see. */
  private void giveUp(Session session, ExecutorId executor) {
    if (!leases.isLost(executor)) {
      return;
    }
    workers
        .live(session.id())
        .filter(worker -> worker.executorId().equals(executor))
        .ifPresent(worker ->
            transitions.lose(
                session,
                worker,
                "EXECUTOR_LOST",
                "Its executor was not heard of and was given up"));
    copies
        .find(session.id(), executor)
        .filter(copy -> copy.state() == CopyState.PRESENT && copy.dirty())
        .ifPresent(copy -> {
          copies.salvage(copy, true);
          transitions.copyLost(
              session,
              copy,
              CopyState.ABANDONED,
              "copy.abandoned",
              "Writes since the last snapshot are lost unless the executor comes back");
        });
  }
}
