package dev.berth.executor.worker;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.PooledContainerId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;
import dev.berth.common.IdSource;
import dev.berth.executor.container.ContainerRuntime;
import dev.berth.executor.container.ListedContainer;
import dev.berth.executor.container.SandboxUsers;
import dev.berth.executor.container.docker.EngineFixture;
import dev.berth.executor.exec.ExecRecord;
import dev.berth.executor.exec.Execs;
import dev.berth.executor.journal.JournalWatcher;
import dev.berth.executor.process.AttemptEnd;
import dev.berth.executor.process.Freezer;
import dev.berth.executor.process.HostProcesses;
import dev.berth.executor.process.JournalBatch;
import dev.berth.executor.process.ModelAccess;
import dev.berth.executor.process.ProcessLimits;
import dev.berth.executor.process.Processes;
import dev.berth.executor.process.Residents;
import dev.berth.executor.provider.exec.ExecProvider;
import dev.berth.executor.state.StateDirectory;
import dev.berth.executor.workspace.Copies;
import dev.berth.executor.workspace.Owner;
import dev.berth.executor.workspace.Plane;
import dev.berth.executor.workspace.RestoreManifest;
import dev.berth.executor.workspace.S3;
import dev.berth.executor.workspace.SnapshotRef;
import dev.berth.executor.workspace.SnapshotTransfers;
import dev.berth.executor.workspace.WorkspaceException;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * One agent's workers on a real engine, with real copies and a real store, that can fall and rise
 * again.
 */
final class WorkersHarness implements AutoCloseable {

  static final String IMAGE = EngineFixture.IMAGE;
  private static final Duration STORE_PATIENCE = Duration.ofSeconds(2);
  static final WorkerLimits LIMITS = new WorkerLimits(1000, 256L << 20, 64L << 20, 64);

  final IdSource ids = new IdSource(Clock.systemUTC());
  final SessionId session = new SessionId(ids.next());
  final List<WorkerReport> workerReports = new CopyOnWriteArrayList<>();
  final List<CopyReport> copyReports = new CopyOnWriteArrayList<>();
  final List<ExecRecord> execReports = new CopyOnWriteArrayList<>();
  final List<PooledReport> pooledReports = new CopyOnWriteArrayList<>();
  final Map<AttemptId, AttemptEnd> ends = new ConcurrentHashMap<>();
  final EngineFixture engine;
  final StateDirectory state;
  final S3 s3;
  final Plane plane;
  volatile boolean storeRefuses;
  RestoreManifest manifest = RestoreManifest.NONE;
  AllowedMounts mounts = AllowedMounts.NONE;
  Processes processes;
  Execs execs;
  Workers workers;
  private Copies copies;
  private JournalWatcher watcher;
  private AtomicBoolean fallen = new AtomicBoolean();
  private long orders;

  WorkersHarness(Path directory) throws Exception {
    engine = EngineFixture.connect();
    state = StateDirectory.open(directory.resolve("executor"));
    s3 = new S3(directory.resolve("s3"));
    plane = new Plane(s3);
    rise();
  }

  /** The next agent on the same state; as much of its start as comes before the first hello. */
  void rise() throws IOException {
    var clock = Clock.systemUTC();
    var dead = new AtomicBoolean();
    fallen = dead;
    var runtime = untilFallen(ContainerRuntime.class, engine.runtime(), dead);
    var reports = untilFallen(Reports.class, new Heard(), dead);
    watcher = JournalWatcher.ofHost();
    copies = Copies.open(state.copies(), Owner.SANDBOX, clock, ids, STORE_PATIENCE);
    var freezer = new Freezer(runtime);
    var hostProcesses = new HostProcesses(Path.of("/proc"));
    var residents = new Residents(runtime, freezer, hostProcesses);
    processes =
        new Processes(
            runtime,
            freezer,
            residents,
            List.of(new ExecProvider()),
            this::batch,
            (wish, deadline) -> List.of(),
            ModelAccess.NONE,
            ProcessLimits.DEFAULT,
            watcher,
            clock);
    execs =
        new Execs(
            runtime,
            processes,
            residents,
            hostProcesses,
            SandboxUsers.DEFAULT.provider(),
            reports::exec);
    workers =
        Workers.create(
            new Workers.Parts(
                state.workers(),
                runtime,
                freezer,
                processes,
                execs,
                copies,
                SandboxUsers.DEFAULT,
                (session, worker, generation, trace, closed, quiet) -> transfers(),
                reports,
                this::batch,
                mounts,
                List.of(new ExecProvider()),
                System::nanoTime));
    workers.recover();
  }

  private final class Heard implements Reports {
    @Override
    public void worker(WorkerReport report) {
      workerReports.add(report);
    }

    @Override
    public void copy(CopyReport report) {
      copyReports.add(report);
    }

    @Override
    public void exec(ExecRecord report) {
      execReports.add(report);
    }

    @Override
    public void pooled(PooledReport report) {
      pooledReports.add(report);
    }
  }

  /**
   * What an agent reaches the world by. The threads of one that fell live on in this process: what
   * they have asked of the engine goes on, as it would; they hear no answer and ask no more.
   */
  private static <T> T untilFallen(Class<T> type, T real, AtomicBoolean fallen) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          try {
            dieIf(fallen);
            return method.invoke(real, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          } finally {
            dieIf(fallen);
          }
        };
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private static void dieIf(AtomicBoolean fallen) {
    if (fallen.get()) {
      throw new IllegalStateException("this agent fell");
    }
  }

  /** The agent is gone; what it had started goes on. */
  void fall() throws IOException {
    fallen.set(true);
    processes.close();
    copies.close();
    watcher.close();
  }

  private void batch(JournalBatch batch) {
    batch.end().ifPresent(end -> ends.put(batch.attempt(), end));
    Thread.ofVirtual().start(() -> processes.acked(batch.attempt(), batch.to()));
  }

  /** The plane, unless the store is to refuse. */
  private SnapshotTransfers transfers() {
    return (SnapshotTransfers)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {SnapshotTransfers.class},
            (proxy, method, arguments) -> {
              if (storeRefuses) {
                throw new WorkspaceException(
                    WorkspaceException.Reason.UNAVAILABLE, "The store does not answer.");
              }
              try {
                return method.invoke(plane, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  Order.Ensure ensure(WorkerId worker, long generation) {
    return ensure(worker, generation, Optional.empty());
  }

  Order.Ensure ensure(WorkerId worker, long generation, Optional<PooledContainerId> pooled) {
    return new Order.Ensure(
        session, worker, generation, IMAGE, LIMITS, plane.head, manifest, pooled, "");
  }

  /** A ready worker of that generation. */
  WorkerId ready(long generation) {
    var worker = new WorkerId(ids.next());
    plane.generation = generation;
    workers.order(ensure(worker, generation));
    await(worker, WorkerState.READY);
    return worker;
  }

  /** A pooled container that is ready. */
  PooledContainerId pooled() {
    var pooled = new PooledContainerId(ids.next());
    workers.order(new PoolOrder.Make(pooled, IMAGE, LIMITS));
    await(pooled, PooledReport.State.READY);
    return pooled;
  }

  void await(PooledContainerId pooled, PooledReport.State expected) {
    Awaitility.await(pooled + " " + expected)
        .atMost(Duration.ofSeconds(30))
        .until(() -> last(pooled).filter(report -> report.state() == expected).isPresent());
  }

  Optional<PooledReport> last(PooledContainerId pooled) {
    return pooledReports.stream()
        .filter(report -> report.pooled().equals(pooled))
        .reduce((first, second) -> second);
  }

  /** A worker of that generation, ready, that was offered a pooled container. */
  WorkerId ready(long generation, PooledContainerId pooled) {
    var worker = new WorkerId(ids.next());
    plane.generation = generation;
    workers.order(ensure(worker, generation, Optional.of(pooled)));
    await(worker, WorkerState.READY);
    return worker;
  }

  /** What runs on the engine, by id. */
  Set<String> running() {
    return engine.runtime().list().stream()
        .filter(ListedContainer::alive)
        .map(ListedContainer::id)
        .collect(Collectors.toSet());
  }

  Order.Stop stop(WorkerId worker, long generation, boolean remove) {
    return new Order.Stop(session, worker, generation, ++orders, 0, false, false, remove);
  }

  /** To stop a worker whose copy the control plane calls clean. */
  Order.Stop stopOfClean(WorkerId worker, long generation) {
    return new Order.Stop(session, worker, generation, ++orders, 0, false, true, false);
  }

  long nextOrder() {
    return ++orders;
  }

  /** Runs a script to its end on a ready worker. */
  AttemptEnd sh(WorkerId worker, long generation, String script) {
    var attempt = start(worker, generation, script);
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> ends.containsKey(attempt));
    return Objects.requireNonNull(ends.get(attempt));
  }

  AttemptId start(WorkerId worker, long generation, String script) {
    var order = order(worker, generation, script);
    workers.start(order);
    return order.attempt();
  }

  RunOrders.Start order(WorkerId worker, long generation, String script) {
    return new RunOrders.Start(
        new RunId(ids.next()),
        new AttemptId(ids.next()),
        worker,
        generation,
        "exec",
        List.of("/bin/sh", "-c", script),
        Map.of(),
        RunOrders.Secrets.NONE,
        false,
        "/workspace",
        new byte[0],
        false,
        Duration.ofMinutes(5),
        Duration.ofSeconds(1),
        List.of(),
        Optional.empty());
  }

  void await(WorkerId worker, @Nullable WorkerState expected) {
    Awaitility.await(worker + " " + expected)
        .atMost(Duration.ofSeconds(30))
        .until(() -> last(worker).filter(report -> report.state() == expected).isPresent());
  }

  Optional<WorkerReport> last(WorkerId worker) {
    return workerReports.stream()
        .filter(report -> report.worker().equals(worker))
        .reduce((first, second) -> second);
  }

  CopyReport answer(long order) {
    // a save is tried again for half a minute before it is given up
    Awaitility.await("answer to " + order)
        .atMost(Duration.ofSeconds(90))
        .until(() -> copyReports.stream().anyMatch(report -> report.order() == order));
    return copyReports.stream()
        .filter(report -> report.order() == order)
        .reduce((first, second) -> second)
        .orElseThrow();
  }

  CopyReport lastCopyReport() {
    return copyReports.getLast();
  }

  Path file(String name) {
    return state.copies().resolve(session.toString()).resolve("fs/workspace").resolve(name);
  }

  String text(String name) throws IOException {
    return Files.readString(file(name));
  }

  String container(WorkerId worker) {
    return last(worker).orElseThrow().containerId();
  }

  Optional<SnapshotRef> head() {
    return plane.head;
  }

  @Override
  public void close() throws Exception {
    fall();
    engine.runtime().list().forEach(container -> engine.runtime().remove(container.id()));
    try (var left =
        Copies.open(state.copies(), Owner.SANDBOX, Clock.systemUTC(), ids, STORE_PATIENCE)) {
      left.remove(session);
      left.removePreparedBut(Set.of());
    }
    engine.close();
    s3.close();
    state.close();
  }
}
