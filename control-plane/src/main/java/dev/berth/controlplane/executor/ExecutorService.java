package dev.berth.controlplane.executor;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.event.EventService;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.auth.Authenticator;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.errors.CommonErrors;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads executors, and takes them in and out of service. */
@Singleton
public final class ExecutorService {
  private final ExecutorRepository executors;
  private final Transactions transactions;
  private final EventService events;
  private final Authenticator authenticator;
  private final Notifications notifications;

  ExecutorService(
      ExecutorRepository executors,
      Transactions transactions,
      EventService events,
      Authenticator authenticator,
      Notifications notifications) {
    this.executors = executors;
    this.transactions = transactions;
    this.events = events;
    this.authenticator = authenticator;
    this.notifications = notifications;
  }

  /** The executor, or NOT_FOUND where the project has none such. */
  public Executor get(ProjectId project, ExecutorId id) {
    return executors
        .find(id)
        .filter(executor -> executor.projectId().equals(project))
        .orElseThrow(() -> CommonErrors.notFound("executor", id));
  }

  public Optional<Executor> find(ExecutorId id) {
    return executors.find(id);
  }

  /** Newest first, those older than {@code before} where it is set. */
  public List<Executor> list(
      ProjectId project, boolean deleted, @Nullable ExecutorId before, int limit) {
    return executors.list(project, deleted, before, limit);
  }

  /** The project's executors that have a link and a lease, ready for work or not. */
  public List<Executor> connected(ProjectId project) {
    return executors.connected(project);
  }

  /** Those that everything moves away from, and those where everything has. */
  public List<Executor> leaving() {
    return executors.leaving();
  }

  public boolean isDeleted(ExecutorId id) {
    return executors.find(id).filter(e -> e.state() == ExecutorState.DELETED).isPresent();
  }

  public boolean isLeaving(ExecutorId id) {
    return executors.find(id).map(executor -> executor.state().leaving()).orElse(false);
  }

  /** What live workers take of each executor; those with none are left out. */
  public Map<ExecutorId, Capacity> used(Collection<ExecutorId> ids) {
    return executors.used(ids);
  }

  /** How many copies on each may hold what no snapshot has; those with none are left out. */
  public Map<ExecutorId, Integer> unsaved(Collection<ExecutorId> ids) {
    return executors.unsaved(ids);
  }

  /** Whether some replica holds the executor's link and its lease is valid. */
  public boolean isConnected(ExecutorId id) {
    return executors.find(id).map(Executor::connected).orElse(false);
  }

  /** Nothing new is placed there. Does nothing where that is so already. */
  public Executor cordon(ProjectId project, ExecutorId id, Actor actor) {
    return transactions.call(() -> {
      Executor executor = lock(project, id);
      return executor.state() == ExecutorState.ACTIVE
          ? become(executor, ExecutorState.CORDONED, actor, "executor.cordoned", "Cordoned")
          : executor;
    });
  }

  public Executor uncordon(ProjectId project, ExecutorId id, Actor actor) {
    return transactions.call(() -> {
      Executor executor = lock(project, id);
      return executor.state() == ExecutorState.ACTIVE
          ? executor
          : become(executor, ExecutorState.ACTIVE, actor, "executor.uncordoned", "Uncordoned");
    });
  }

  /** What is there is to go elsewhere; the reconciler of {@code worker} sees to it. */
  public Executor drain(ProjectId project, ExecutorId id, Actor actor) {
    return transactions.call(() -> {
      Executor executor = lock(project, id);
      return executor.state().leaving()
          ? executor
          : become(executor, ExecutorState.DRAINING, actor, "executor.draining", "To be emptied");
    });
  }

  /** Whether nothing on it is needed any more, as the reconciler has found. */
  public void drained(ExecutorId id, boolean empty) {
    transactions.run(() -> {
      Executor executor = executors.lock(id).orElseThrow();
      Actor actor = Actor.system("drain");
      if (empty && executor.state() == ExecutorState.DRAINING) {
        become(executor, ExecutorState.DRAINED, actor, "executor.drained", "Empty");
      } else if (!empty && executor.state() == ExecutorState.DRAINED) {
        become(executor, ExecutorState.DRAINING, actor, "executor.draining", "In use again");
      }
    });
  }

  /**
   * Ends its link and its credential. Joins the caller's transaction, which holds the row's lock
   * and has seen to what is there.
   */
  public Executor delete(Executor executor, Actor actor, boolean force) {
    executors.cutOff(executor.id());
    authenticator.forget(executor.projectId());
    return become(
        executor,
        ExecutorState.DELETED,
        actor,
        "executor.deleted",
        force ? "Deleted by force" : "Deleted");
  }

  /**
   * Locks the row, which comes before those of sessions; NOT_FOUND where the project has none such,
   * EXECUTOR_STATE where it is deleted.
   */
  public Executor lock(ProjectId project, ExecutorId id) {
    Executor executor =
        executors
            .lock(id)
            .filter(found -> found.projectId().equals(project))
            .orElseThrow(() -> CommonErrors.notFound("executor", id));
    if (executor.state() == ExecutorState.DELETED) {
      throw ExecutorErrors.deleted(executor);
    }
    return executor;
  }

  private Executor become(
      Executor executor, ExecutorState state, Actor actor, String type, String message) {
    if (!executor.state().canBecome(state)) {
      throw new IllegalStateException(executor.id() + " cannot become " + state);
    }
    executors.state(executor.id(), state);
    events.record(ExecutorEvents.fact(executor, actor, type, message));
    notifications.publish("executor:" + executor.id());
    notifications.publish("work");
    return executors.find(executor.id()).orElseThrow();
  }
}
