package dev.berth.controlplane.testsupport;

import static dev.berth.sql.db.Tables.COPY;
import static org.awaitility.Awaitility.await;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.SessionId;
import dev.berth.executor.v1.ConnectRequest;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.executor.v1.CopyReport;
import dev.berth.executor.v1.EnrollRequest;
import dev.berth.executor.v1.EnrollResponse;
import dev.berth.executor.v1.EnsureWorker;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc;
import dev.berth.executor.v1.Failure;
import dev.berth.executor.v1.Hello;
import dev.berth.executor.v1.StopWorker;
import dev.berth.executor.v1.Welcome;
import dev.berth.executor.v1.WorkerReport;
import dev.berth.v1.Capacity;
import dev.berth.v1.CreateEnrolmentTokenRequest;
import dev.berth.v1.ExecutorServiceGrpc;
import io.grpc.Channel;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An executor agent without containers, over the real link. By itself it does as it is told at
 * once; what a test sets makes it fail, wait or forget. Its disk survives {@link #cut} and {@link
 * #connect}. A save that succeeds clears the gate as a commit of a snapshot would.
 */
public final class ScriptedAgent implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final String name;
  private final EnrollResponse identity;
  private final Map<String, WorkerReport> workers = new ConcurrentHashMap<>();
  private final Map<String, CopyReport> copies = new ConcurrentHashMap<>();
  private final ScriptedPool pool = new ScriptedPool(this::say);
  private final List<ConnectResponse> received = new CopyOnWriteArrayList<>();
  private BerthServer server;
  private Capacity capacity =
      Capacity.newBuilder().setWorkers(8).setCpuMillis(64_000).setMemoryBytes(1L << 40).build();
  private Map<String, String> labels = Map.of();
  private Map<String, String> hardening = Map.of();
  private volatile @Nullable Failure syncFailure;
  private volatile @Nullable Failure ensureFailure;
  private volatile boolean holdsEnsure;
  private volatile long diskFree;
  private volatile @Nullable AgentLink link;

  private ScriptedAgent(BerthServer server, String name, EnrollResponse identity) {
    this.server = server;
    this.name = name;
    this.identity = identity;
  }

  /** Enrols into the project of the key. */
  public static ScriptedAgent enrol(BerthServer server, String key, String name) {
    String token =
        ExecutorServiceGrpc.newBlockingStub(server.channel(key))
            .createEnrolmentToken(CreateEnrolmentTokenRequest.getDefaultInstance())
            .getToken();
    return new ScriptedAgent(
        server,
        name,
        ExecutorLinkServiceGrpc.newBlockingStub(server.executorChannel(token))
            .enroll(
                EnrollRequest.newBuilder()
                    .setEnrolmentId("0123456789abcdef".repeat(2))
                    .setName(name)
                    .build()));
  }

  public static ScriptedAgent enrol(BerthServer server, String name) {
    return enrol(server, server.key(), name);
  }

  public ScriptedAgent capacity(int workers, int cpuMillis, long memoryBytes) {
    capacity =
        Capacity.newBuilder()
            .setWorkers(workers)
            .setCpuMillis(cpuMillis)
            .setMemoryBytes(memoryBytes)
            .build();
    return this;
  }

  /** The size of its disk, and what is free of it; the latter may change while it is connected. */
  public ScriptedAgent disk(long bytes, long free) {
    capacity = capacity.toBuilder().setDiskBytes(bytes).build();
    diskFree = free;
    return this;
  }

  public ScriptedAgent labels(Map<String, String> labels) {
    this.labels = labels;
    return this;
  }

  public ScriptedAgent hardening(Map<String, String> hardening) {
    this.hardening = hardening;
    return this;
  }

  public ExecutorId id() {
    return ExecutorId.parse(identity.getExecutorId());
  }

  public Channel channel() {
    return server.executorChannel(identity.getCredential());
  }

  /** Every save fails with this from now on; null: they succeed again. */
  public void failSyncs(@Nullable Failure failure) {
    syncFailure = failure;
  }

  public void failEnsures(@Nullable Failure failure) {
    ensureFailure = failure;
  }

  public ScriptedPool pool() {
    return pool;
  }

  /** EnsureWorker is noted and not obeyed. */
  public void holdEnsures(boolean hold) {
    holdsEnsure = hold;
  }

  /** Another process with the same credential and disk. */
  public ScriptedAgent twin() {
    ScriptedAgent twin = new ScriptedAgent(server, name, identity);
    twin.workers.putAll(workers);
    twin.copies.putAll(copies);
    return twin;
  }

  public ScriptedAgent connect() {
    return connect(server);
  }

  /** Says Hello with all it has, and waits for the Welcome and its first acknowledged heartbeat. */
  public ScriptedAgent connect(BerthServer to) {
    server = to;
    return connect(hello(identity.getExecutorId()));
  }

  /** Says this Hello. */
  public ScriptedAgent connect(Hello hello) {
    received.clear();
    AgentLink opened =
        new AgentLink(
            message -> {
              received.add(message);
              obey(message);
            },
            () -> diskFree);
    link = opened;
    opened.start(channel(), hello);
    await().atMost(PATIENCE).until(() -> opened.acknowledged || opened.end != null);
    if (opened.end != null) {
      throw opened.end.asRuntimeException();
    }
    return this;
  }

  public Hello hello(String executorId) {
    return Hello.newBuilder()
        .setExecutorId(executorId)
        .setProtocolVersion(1)
        .setMinProtocolVersion(1)
        .setVersion("scripted")
        .putAllLabels(labels)
        .setCapacity(capacity)
        .putAllHardening(hardening)
        .addProviders("exec")
        .addAllFeatures(List.of("manifest", "exec", "input"))
        .addAllWorkers(workers.values())
        .addAllCopies(copies.values())
        .addAllPooled(pool.reports())
        .setBootId(name)
        .build();
  }

  public Welcome welcome() {
    return received.stream()
        .filter(ConnectResponse::hasWelcome)
        .findFirst()
        .orElseThrow()
        .getWelcome();
  }

  public List<ConnectResponse> received() {
    return received;
  }

  public ConnectResponse awaitOrder(Predicate<ConnectResponse> wanted) {
    await().atMost(PATIENCE).until(() -> received.stream().anyMatch(wanted));
    return received.stream().filter(wanted).findFirst().orElseThrow();
  }

  /** How the link ended; waits for it. */
  public Status awaitEnd() {
    AgentLink current = Objects.requireNonNull(link);
    await().atMost(PATIENCE).until(() -> current.end != null);
    return Objects.requireNonNull(current.end);
  }

  /** The host falls silent: no heartbeat, no word of farewell that the plane would see. */
  public void fallSilent() {
    Objects.requireNonNull(link).silent = true;
  }

  /** Cuts the link; workers and copies stay. */
  public void cut() {
    Objects.requireNonNull(link).cancel();
  }

  /** The session's disk vanishes. */
  public void loseCopy(SessionId session) {
    CopyReport gone =
        Objects.requireNonNull(copies.remove(session.toString())).toBuilder()
            .setPresent(false)
            .build();
    Objects.requireNonNull(link).send(ConnectRequest.newBuilder().setCopy(gone).build());
  }

  /** It says from the next Hello on that it has this worker. */
  public void hold(WorkerReport worker) {
    workers.put(worker.getWorkerId(), worker);
  }

  /** The container of the session's worker vanishes or stops, and nobody ordered it. */
  public void containerIs(WorkerReport.State state, SessionId session) {
    workers.values().stream()
        .filter(worker -> worker.getSessionId().equals(session.toString()))
        .forEach(worker -> report(worker, state, null));
  }

  /** The session's disk vanishes while nobody looks. */
  public void loseCopyUnseen(SessionId session) {
    Objects.requireNonNull(copies.remove(session.toString()));
  }

  public void forgetAll() {
    workers.clear();
    copies.clear();
    pool.clear();
  }

  public boolean holds(SessionId session) {
    return copies.containsKey(session.toString());
  }

  public void say(ConnectRequest request) {
    Objects.requireNonNull(link).send(request);
  }

  private void report(WorkerReport worker, WorkerReport.State state, @Nullable Failure failure) {
    WorkerReport.Builder report = worker.toBuilder().setState(state).clearFailure();
    if (failure != null) {
      report.setFailure(failure);
    }
    WorkerReport now = report.build();
    if (state == WorkerReport.State.STATE_REMOVED || state == WorkerReport.State.STATE_LOST) {
      workers.remove(now.getWorkerId());
    } else {
      workers.put(now.getWorkerId(), now);
    }
    say(ConnectRequest.newBuilder().setWorker(now).build());
  }

  private void obey(ConnectResponse order) {
    switch (order.getMessageCase()) {
      case ENSURE_WORKER -> ensure(order.getEnsureWorker());
      case ENSURE_POOLED -> pool.ensure(order.getEnsurePooled().getPooledId());
      case REMOVE_POOLED -> pool.remove(order.getRemovePooled().getPooledId());
      case STOP_WORKER -> stop(order.getStopWorker());
      case SYNC_COPY ->
          answer(
              order.getSyncCopy().getSessionId(),
              order.getSyncCopy().getSyncOrder(),
              syncFailure,
              true);
      case SALVAGE_COPY ->
          answer(
              order.getSalvageCopy().getSessionId(),
              order.getSalvageCopy().getSyncOrder(),
              syncFailure,
              true);
      case REMOVE_COPY -> {
        copies.remove(order.getRemoveCopy().getSessionId());
        say(
            ConnectRequest.newBuilder()
                .setCopy(
                    CopyReport.newBuilder()
                        .setSessionId(order.getRemoveCopy().getSessionId())
                        .setSyncOrder(order.getRemoveCopy().getSyncOrder()))
                .build());
      }
      default -> {}
    }
  }

  private void ensure(EnsureWorker order) {
    if (holdsEnsure) {
      return;
    }
    pool.take(order.getPooledId());
    WorkerReport worker =
        WorkerReport.newBuilder()
            .setWorkerId(order.getWorkerId())
            .setSessionId(order.getSessionId())
            .setGeneration(order.getGeneration())
            .setContainerRef("container of " + order.getWorkerId())
            .setPhase("restore")
            .build();
    workers.values().removeIf(old -> old.getSessionId().equals(order.getSessionId()));
    report(worker, WorkerReport.State.STATE_PREPARING, null);
    Failure failure = ensureFailure;
    if (failure != null) {
      report(worker, WorkerReport.State.STATE_FAILED, failure);
      return;
    }
    CopyReport before = copies.get(order.getSessionId());
    CopyReport copy =
        CopyReport.newBuilder()
            .setSessionId(order.getSessionId())
            .setGeneration(order.getGeneration())
            .setPresent(true)
            .setInstance(before == null ? "made for " + order.getWorkerId() : before.getInstance())
            .build();
    copies.put(order.getSessionId(), copy);
    say(ConnectRequest.newBuilder().setCopy(copy).build());
    report(worker, WorkerReport.State.STATE_READY, null);
  }

  private void stop(StopWorker order) {
    WorkerReport unknown =
        WorkerReport.newBuilder()
            .setWorkerId(order.getWorkerId())
            .setSessionId(order.getSessionId())
            .setGeneration(order.getGeneration())
            .build();
    WorkerReport worker = workers.getOrDefault(order.getWorkerId(), unknown);
    if (order.getRemove()) {
      report(worker, WorkerReport.State.STATE_REMOVED, null);
      return;
    }
    report(worker, WorkerReport.State.STATE_STOPPING, null);
    boolean saves = !order.getSkipSync() && !order.getClean();
    Failure failure = saves ? syncFailure : null;
    answer(order.getSessionId(), order.getSyncOrder(), failure, saves);
    report(
        worker,
        failure == null ? WorkerReport.State.STATE_STOPPED : WorkerReport.State.STATE_READY,
        null);
  }

  private void answer(String session, long order, @Nullable Failure failure, boolean saved) {
    CopyReport.Builder report =
        Objects.requireNonNull(copies.get(session)).toBuilder().setSyncOrder(order);
    if (failure != null) {
      report.setFailure(failure);
    } else if (saved) {
      clean(SessionId.parse(session));
    }
    say(ConnectRequest.newBuilder().setCopy(report).build());
  }

  /** What the commit of a quiescent sync does to the gate. */
  private void clean(SessionId session) {
    int rows =
        server
            .sql()
            .update(COPY)
            .set(COPY.DIRTY, false)
            .where(COPY.SESSION_ID.eq(session).and(COPY.EXECUTOR_ID.eq(id())))
            .execute();
    assert rows == 1;
  }

  @Override
  public void close() {
    AgentLink current = link;
    if (current != null) {
      current.cancel();
    }
  }
}
