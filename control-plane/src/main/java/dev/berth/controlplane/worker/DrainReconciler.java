package dev.berth.controlplane.worker;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.executor.Executor;
import dev.berth.controlplane.executor.ExecutorService;
import dev.berth.controlplane.executor.ExecutorState;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.loop.Reconciler;
import dev.berth.controlplane.session.SessionProgress;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has sessions leave executors that are to be emptied, and says when one is empty. */
@Singleton
public final class DrainReconciler implements Reconciler {
  private static final Logger log = LoggerFactory.getLogger(DrainReconciler.class);

  private final ExecutorService executors;
  private final Transactions transactions;
  private final SessionProgress sessions;
  private final WorkerRepository workers;
  private final SessionSteps steps;

  DrainReconciler(
      ExecutorService executors,
      Transactions transactions,
      SessionProgress sessions,
      WorkerRepository workers,
      SessionSteps steps) {
    this.executors = executors;
    this.transactions = transactions;
    this.sessions = sessions;
    this.workers = workers;
    this.steps = steps;
  }

  @Override
  public String name() {
    return "drains";
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
    for (Executor executor : executors.leaving()) {
      for (SessionId session : workers.sessionsLiveOn(executor.id())) {
        step(session);
      }
      boolean empty = isEmpty(executor.id());
      if (empty != (executor.state() == ExecutorState.DRAINED)) {
        executors.drained(executor.id(), empty);
      }
    }
  }

  /** A session that fails does not keep the others from their steps. */
  private void step(SessionId id) {
    try {
      transactions.run(() -> sessions.tryLock(id).ifPresent(steps::step));
    } catch (RuntimeException e) {
      log.warn("no step with {}", id, e);
    }
  }

  private boolean isEmpty(ExecutorId executor) {
    List<ExecutorId> one = List.of(executor);
    return executors.used(one).isEmpty() && executors.unsaved(one).isEmpty();
  }
}
