package dev.berth.controlplane.exec;

import dev.berth.common.Id.ExecId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.IdSource;
import dev.berth.controlplane.event.EventService;
import dev.berth.controlplane.executor.Executor;
import dev.berth.controlplane.executor.ExecutorService;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.relay.Relay;
import dev.berth.controlplane.relay.RelayOperation;
import dev.berth.controlplane.relay.RelayService;
import dev.berth.controlplane.session.SessionService;
import dev.berth.controlplane.workspace.ReadyWorker;
import dev.berth.controlplane.workspace.WorkspaceService;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Execs of sessions: starting them, finding them, and clients at them. */
@Singleton
class ExecService {

  static final int MOST = 32;
  private static final Duration START_WAIT = Duration.ofSeconds(30);
  private static final Duration END_WAIT = Duration.ofSeconds(15);

  private final Transactions transactions;
  private final ExecRepository execs;
  private final WorkspaceService workspaces;
  private final SessionService sessions;
  private final ExecutorService executors;
  private final RelayService relays;
  private final EventService events;
  private final Notifications notifications;
  private final IdSource ids;

  ExecService(
      Transactions transactions,
      ExecRepository execs,
      WorkspaceService workspaces,
      SessionService sessions,
      ExecutorService executors,
      RelayService relays,
      EventService events,
      Notifications notifications,
      IdSource ids) {
    this.transactions = transactions;
    this.execs = execs;
    this.workspaces = workspaces;
    this.sessions = sessions;
    this.executors = executors;
    this.relays = relays;
    this.events = events;
    this.notifications = notifications;
    this.ids = ids;
  }

  /**
   * Makes the session active, and waits for its worker; in no transaction. EXEC_UNSUPPORTED where
   * that worker's executor would not know the order.
   */
  ReadyWorker ready(Caller caller, SessionId session) throws InterruptedException {
    ReadyWorker worker = workspaces.ready(caller, session);
    if (executors
        .find(worker.executor())
        .filter(executor -> executor.agent().features().contains(Executor.Agent.EXEC))
        .isEmpty()) {
      throw ExecErrors.unsupported(worker.executor());
    }
    return worker;
  }

  /**
   * Writes the exec down, which is the order to its executor. The copy is dirty with the same
   * commit.
   */
  Exec start(Caller caller, ReadyWorker worker, Exec.Spec spec) {
    return transactions.call(() -> {
      workspaces.begin(caller, worker, true);
      if (execs.active(worker.session()) >= MOST) {
        throw ExecErrors.limit(MOST);
      }
      var place =
          new Exec.Place(worker.session(), worker.worker(), worker.executor(), worker.generation());
      Exec exec =
          execs.insert(new ExecId(ids.next()), caller.projectId(), place, spec, caller.actor());
      events.record(ExecEvents.created(exec, caller.traceId()));
      notifications.publish("executor:" + worker.executor());
      notifications.publish("session:" + worker.session());
      return exec;
    });
  }

  /** NOT_FOUND where the project has none such. */
  Exec find(ProjectId project, ExecId id) {
    return execs
        .find(id)
        .filter(exec -> exec.projectId().equals(project))
        .orElseThrow(() -> ExecErrors.notFound(id));
  }

  List<Exec> list(
      ProjectId project,
      @Nullable SessionId session,
      boolean active,
      @Nullable ExecId before,
      int limit) {
    return execs.list(project, session, active, before, limit);
  }

  /** The exec once its executor has begun with it; EXECUTOR_UNREACHABLE where that takes long. */
  Exec started(ProjectId project, ExecId id) throws InterruptedException {
    return await(project, id, START_WAIT, exec -> exec.status().state() != ExecState.STARTING)
        .orElseThrow(() -> ExecErrors.notStarted(find(project, id)));
  }

  /** The exec, whose output has ended: as it is once its executor said so too. */
  Exec ended(ProjectId project, ExecId id) throws InterruptedException {
    return await(project, id, END_WAIT, exec -> exec.status().state().ended())
        .orElseThrow(() -> ExecErrors.notEnded(find(project, id)));
  }

  private Optional<Exec> await(ProjectId project, ExecId id, Duration time, Predicate<Exec> reached)
      throws InterruptedException {
    return workspaces.until(
        find(project, id).place().session(),
        time,
        () -> Optional.of(find(project, id)).filter(reached));
  }

  /** A client's end of an exec at its executor; of one that has ended too. */
  Relay attach(Exec exec, RelayOperation operation) throws InterruptedException {
    var place = exec.place();
    return relays.open(
        new RelayService.Target(place.session(), place.worker(), place.executor()),
        operation,
        () -> {},
        exec.status().state().ended() ? () -> {} : () -> sessions.markActivity(place.session()));
  }
}
