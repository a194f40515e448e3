package dev.berth.controlplane.workspace;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.relay.Relay;
import dev.berth.controlplane.relay.RelayOperation;
import dev.berth.controlplane.relay.RelayService;
import dev.berth.controlplane.session.Session;
import dev.berth.controlplane.session.SessionService;
import dev.berth.controlplane.snapshot.Snapshot;
import dev.berth.controlplane.snapshot.SnapshotService;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** The files of sessions: operations on their live workers, and syncs on request. */
@Singleton
public class WorkspaceService {

  private final Transactions transactions;
  private final SessionService sessions;
  private final ReadyWorkers workers;
  private final WorkspaceRepository workspaces;
  private final RelayService relays;
  private final SnapshotService snapshots;
  private final Notifications notifications;
  private final WorkspaceConfig config;

  WorkspaceService(
      Transactions transactions,
      SessionService sessions,
      ReadyWorkers workers,
      WorkspaceRepository workspaces,
      RelayService relays,
      SnapshotService snapshots,
      Notifications notifications,
      WorkspaceConfig config) {
    this.transactions = transactions;
    this.sessions = sessions;
    this.workers = workers;
    this.workspaces = workspaces;
    this.relays = relays;
    this.snapshots = snapshots;
    this.notifications = notifications;
    this.config = config;
  }

  /**
   * Makes the session active and opens the operation on its worker. The command and, for one that
   * writes, the copy's being dirty are committed before the executor hears of it.
   *
   * @throws dev.berth.controlplane.platform.errors.BerthException as {@link ReadyWorkers#await},
   *     and EXECUTOR_UNREACHABLE
   */
  Relay open(Caller caller, SessionId session, RelayOperation operation)
      throws InterruptedException {
    ReadyWorker worker = workers.await(caller, session);
    var target = new RelayService.Target(session, worker.worker(), worker.executor());
    return relays.open(
        target,
        operation,
        () -> begin(caller, worker, operation.writes()),
        () -> sessions.markActivity(session));
  }

  /**
   * Opens the operation on a disk that holds the session's files, whatever state the session is in.
   *
   * @throws dev.berth.controlplane.platform.errors.BerthException NOT_FOUND; SESSION_STATE where no
   *     disk does; EXECUTOR_UNREACHABLE
   */
  Relay export(Caller caller, SessionId id, RelayOperation operation) throws InterruptedException {
    Session session = sessions.find(caller.projectId(), id);
    RelayService.Target held =
        workspaces
            .held(id)
            .orElseThrow(() ->
                WorkspaceErrors.state(
                    session, "no executor's disk holds its files; restore a snapshot instead"));
    return relays.open(held, operation, () -> {}, () -> {});
  }

  /**
   * Makes the session active, and waits for its worker.
   *
   * @throws dev.berth.controlplane.platform.errors.BerthException as {@link ReadyWorkers#await}
   */
  public ReadyWorker ready(Caller caller, SessionId session) throws InterruptedException {
    return workers.await(caller, session);
  }

  /**
   * Something begins in a worker that was found ready: it counts as use, and where it writes the
   * copy is dirty. Joins the caller's transaction and locks the session.
   *
   * @throws dev.berth.controlplane.platform.errors.BerthException SESSION_NOT_READY where another
   *     worker took its place
   */
  public void begin(Caller caller, ReadyWorker worker, boolean writes) {
    requireSame(caller, worker);
    sessions.markActivity(worker.session());
    if (writes) {
      workspaces.markDirty(worker);
    }
  }

  /**
   * Asks again with each hint at the session, and each second; empty once the time is up.
   *
   * @throws java.util.concurrent.CancellationException the client went away
   */
  public <T> Optional<T> until(SessionId session, Duration time, Supplier<Optional<T>> question)
      throws InterruptedException {
    return workers.until(session, time, question);
  }

  /** Locks the session; its worker must still be the one that was found. */
  private void requireSame(Caller caller, ReadyWorker worker) {
    var session = sessions.lock(caller.projectId(), worker.session());
    if (workspaces.ready(worker.session()).filter(worker::equals).isEmpty()) {
      throw WorkspaceErrors.notReady(session);
    }
  }

  /**
   * Has the session's files saved, and answers its head then. Where its copies are clean that is at
   * once, without waking it.
   *
   * @throws dev.berth.controlplane.platform.errors.BerthException as {@link ReadyWorkers#await};
   *     STORE_UNAVAILABLE where the sync failed; EXECUTOR_UNREACHABLE where its worker went away
   */
  Snapshot sync(Caller caller, SessionId session) throws InterruptedException {
    ProjectId project = caller.projectId();
    sessions.find(project, session);
    Optional<Snapshot> head = snapshots.head(session);
    if (head.isPresent() && !workspaces.hasDirtyCopy(session)) {
      return head.get();
    }
    ReadyWorker worker = workers.await(caller, session);
    SyncProgress order =
        transactions.call(() -> {
          requireSame(caller, worker);
          sessions.markActivity(session);
          notifications.publish("executor:" + worker.executor());
          return workspaces.orderSync(worker);
        });
    return workers
        .until(session, config.syncWait(), () -> answer(worker, order))
        .orElseThrow(() -> WorkspaceErrors.syncFailed("it takes longer than this call may wait"));
  }

  private Optional<Snapshot> answer(ReadyWorker worker, SyncProgress order) {
    SyncProgress now = workspaces.progress(worker).orElseThrow(WorkspaceErrors::workerLost);
    if (now.failures() > order.failures()) {
      throw WorkspaceErrors.syncFailed(now.error());
    }
    boolean same = workspaces.ready(worker.session()).filter(worker::equals).isPresent();
    boolean answered = now.answered() >= order.ordered();
    if (answered && (same || !workspaces.hasDirtyCopy(worker.session()))) {
      return Optional.of(snapshots.head(worker.session()).orElseThrow(WorkspaceErrors::workerLost));
    }
    if (!same) {
      throw WorkspaceErrors.workerLost();
    }
    return Optional.empty();
  }
}
