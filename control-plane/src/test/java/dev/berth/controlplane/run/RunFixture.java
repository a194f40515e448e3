package dev.berth.controlplane.run;

import static dev.berth.sql.db.Tables.COPY;
import static dev.berth.sql.db.Tables.EXECUTOR;
import static dev.berth.sql.db.Tables.SESSION;
import static dev.berth.sql.db.Tables.WORKER;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ReplicaId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;
import dev.berth.common.IdSource;
import dev.berth.controlplane.platform.auth.Credentials;
import dev.berth.controlplane.platform.auth.Principal;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc.ExecutorLinkServiceBlockingStub;
import dev.berth.v1.CreateQueueRequest;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.GetRunRequest;
import dev.berth.v1.ListRunEventsRequest;
import dev.berth.v1.ListRunEventsResponse;
import dev.berth.v1.Queue;
import dev.berth.v1.QueueServiceGrpc;
import dev.berth.v1.QueueSpec;
import dev.berth.v1.Run;
import dev.berth.v1.RunEvent;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.RunServiceGrpc.RunServiceBlockingStub;
import dev.berth.v1.RunSpec;
import io.grpc.Channel;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jooq.DSLContext;

/**
 * Rows around runs: executors that are connected and sessions that are ready on them, put into the
 * tables as their owners would leave them.
 */
final class RunFixture {
  private static final IdSource IDS = new IdSource(Clock.systemUTC());

  private final BerthServer berth;
  private final DSLContext sql;
  private final Map<ExecutorId, String> credentials = new HashMap<>();

  RunFixture(BerthServer berth) {
    this.berth = berth;
    this.sql = berth.sql();
  }

  RunServiceBlockingStub stub() {
    return RunServiceGrpc.newBlockingStub(berth.channel());
  }

  QueueServiceGrpc.QueueServiceBlockingStub queues() {
    return QueueServiceGrpc.newBlockingStub(berth.channel());
  }

  Queue queue(String name, QueueSpec spec) {
    return queues()
        .createQueue(CreateQueueRequest.newBuilder().setName(name).setSpec(spec).build())
        .getQueue();
  }

  /** A connected executor. */
  ExecutorId executor() {
    ExecutorId id = new ExecutorId(IDS.next());
    String credential = Credentials.generate(Principal.Kind.EXECUTOR);
    credentials.put(id, credential);
    sql.insertInto(EXECUTOR)
        .set(EXECUTOR.ID, id)
        .set(EXECUTOR.PROJECT_ID, berth.project())
        .set(EXECUTOR.NAME, "e-" + id)
        .set(EXECUTOR.CREATED_BY_KIND, "SYSTEM")
        .set(EXECUTOR.CREATED_BY_ID, "test")
        .set(EXECUTOR.CREDENTIAL_HASH, Credentials.hash(credential))
        .set(EXECUTOR.CAPACITY_WORKERS, 100)
        .set(EXECUTOR.READY, true)
        .set(EXECUTOR.FEATURES, new String[] {"artifacts"})
        .set(EXECUTOR.LINK_EPOCH, 1L)
        .set(EXECUTOR.LINK_REPLICA_ID, new ReplicaId(IDS.next()))
        .set(EXECUTOR.LAST_SEEN, Clock.systemUTC().instant())
        .execute();
    return id;
  }

  String credential(ExecutorId executor) {
    return Objects.requireNonNull(credentials.get(executor));
  }

  Channel channel(ExecutorId executor) {
    return berth.executorChannel(credential(executor));
  }

  /** The executor's end of the link. */
  FakeExecutor peer(ExecutorId executor) {
    return new FakeExecutor(
        berth.executorChannel(Objects.requireNonNull(credentials.get(executor))));
  }

  /** The same over another replica. */
  FakeExecutor peer(ExecutorId executor, BerthServer replica) {
    return new FakeExecutor(
        replica.executorChannel(Objects.requireNonNull(credentials.get(executor))));
  }

  /** What the executor calls beside its streams. */
  ExecutorLinkServiceBlockingStub link(ExecutorId executor) {
    return ExecutorLinkServiceGrpc.newBlockingStub(
        berth.executorChannel(Objects.requireNonNull(credentials.get(executor))));
  }

  /** A session that wishes to be active and has no worker yet. */
  SessionId session() {
    SessionId id = new SessionId(IDS.next());
    sql.insertInto(SESSION)
        .set(SESSION.ID, id)
        .set(SESSION.PROJECT_ID, berth.project())
        .set(SESSION.CREATED_BY_KIND, "SYSTEM")
        .set(SESSION.CREATED_BY_ID, "test")
        .set(SESSION.ROOT_ID, id)
        .set(SESSION.IMAGE, "test")
        .set(SESSION.CPU_MILLIS, 1000)
        .set(SESSION.MEMORY_BYTES, 1L << 30)
        .set(SESSION.DISK_BYTES, 1L << 30)
        .set(SESSION.PIDS, 100)
        .set(SESSION.NETWORK, "NONE")
        .set(SESSION.IDLE_TIMEOUT, Duration.ofMinutes(30))
        .set(SESSION.RETENTION_TIMEOUT, Duration.ofDays(7))
        .set(SESSION.DESIRED, "ACTIVE")
        .set(SESSION.STATE, "ACTIVATING")
        .set(SESSION.STATE_REASON, "")
        .execute();
    return id;
  }

  SessionId readySession(ExecutorId executor) {
    SessionId id = session();
    makeReady(id, executor);
    return id;
  }

  /** Gives the session a ready worker on the executor, and a clean copy. */
  WorkerId makeReady(SessionId session, ExecutorId executor) {
    WorkerId worker = new WorkerId(IDS.next());
    sql.insertInto(WORKER)
        .set(WORKER.ID, worker)
        .set(WORKER.PROJECT_ID, berth.project())
        .set(WORKER.SESSION_ID, session)
        .set(WORKER.EXECUTOR_ID, executor)
        .set(WORKER.GENERATION, 1L)
        .set(WORKER.DESIRED, "READY")
        .set(WORKER.STATE, "READY")
        .set(WORKER.IMAGE, "test")
        .set(WORKER.IMAGE_DIGEST, "sha256:test")
        .set(WORKER.CPU_MILLIS, 1000)
        .set(WORKER.MEMORY_BYTES, 1L << 30)
        .set(WORKER.DISK_BYTES, 1L << 30)
        .set(WORKER.PIDS, 100)
        .set(WORKER.NETWORK, "NONE")
        .execute();
    sql.insertInto(COPY)
        .set(COPY.SESSION_ID, session)
        .set(COPY.EXECUTOR_ID, executor)
        .set(COPY.GENERATION, 1L)
        .set(COPY.STATE, "PRESENT")
        .execute();
    sql.update(SESSION)
        .set(SESSION.STATE, "ACTIVE")
        .set(SESSION.WORKER_GENERATION, 1L)
        .set(SESSION.OBSERVED_GENERATION, SESSION.GENERATION)
        .where(SESSION.ID.eq(session))
        .execute();
    return worker;
  }

  static RunSpec echo() {
    return RunSpec.newBuilder().addCommand("echo").addCommand("hello").build();
  }

  CreateRunRequest request(SessionId session) {
    return CreateRunRequest.newBuilder().setSessionId(session.toString()).setSpec(echo()).build();
  }

  Run create(SessionId session) {
    return stub().createRun(request(session)).getRun();
  }

  Run create(SessionId session, int maxAttempts) {
    return stub()
        .createRun(
            request(session).toBuilder()
                .setSpec(echo().toBuilder().setMaxAttempts(maxAttempts))
                .build())
        .getRun();
  }

  Run get(Run run) {
    return stub().getRun(GetRunRequest.newBuilder().setRunId(run.getId()).build()).getRun();
  }

  /** All of the run's events, read in pages. */
  List<RunEvent> events(Run run) {
    List<RunEvent> events = new ArrayList<>();
    long after = 0;
    while (true) {
      ListRunEventsResponse page =
          stub()
              .listRunEvents(
                  ListRunEventsRequest.newBuilder()
                      .setRunId(run.getId())
                      .setAfterSeq(after)
                      .setPageSize(7)
                      .build());
      events.addAll(page.getEventsList());
      after = page.getExaminedSeq();
      if (after == page.getHeadSeq()) {
        return events;
      }
    }
  }

  List<String> types(Run run) {
    return events(run).stream().map(RunEvent::getType).toList();
  }

  /** The run's next attempt may begin now. */
  void endBackoff(Run run) {
    sql.execute("update run set not_before = null where id = ?", id(run).value());
  }

  /** Claims all that can be claimed, by hand. */
  void dispatch() {
    berth.bean(Dispatcher.class).runOnce();
  }

  /** A run that this executor holds in a session of its own. */
  Run claimed(ExecutorId executor) {
    Run run = create(readySession(executor));
    dispatch();
    return get(run);
  }

  /** Gives up the attempt that the run has, once. */
  boolean settleLost(Run run, EndReason reason) {
    var attempt = AttemptId.parse(run.getAttemptId());
    return berth.bean(SettlementService.class).settleLost(id(run), attempt, reason, "Gone.");
  }

  static RunId id(Run run) {
    return RunId.parse(run.getId());
  }
}
