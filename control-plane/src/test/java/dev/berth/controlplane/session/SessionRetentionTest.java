package dev.berth.controlplane.session;

import static dev.berth.controlplane.testsupport.SessionClient.WAIT;
import static dev.berth.controlplane.testsupport.SessionClient.id;
import static dev.berth.sql.db.Tables.ARTIFACT;
import static dev.berth.sql.db.Tables.COPY;
import static dev.berth.sql.db.Tables.EVENT;
import static dev.berth.sql.db.Tables.PACK;
import static dev.berth.sql.db.Tables.RUN;
import static dev.berth.sql.db.Tables.RUN_EVENT;
import static dev.berth.sql.db.Tables.SESSION;
import static dev.berth.sql.db.Tables.SNAPSHOT;
import static dev.berth.sql.db.Tables.SNAPSHOT_PACK;
import static dev.berth.sql.db.Tables.WORKER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import dev.berth.common.Id.ArtifactId;
import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.artifact.ArtifactCollector;
import dev.berth.controlplane.executor.ExecutorService;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.platform.store.ObjectStore;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.ScriptedAgent;
import dev.berth.controlplane.testsupport.SessionClient;
import dev.berth.controlplane.testsupport.SettableClock;
import dev.berth.controlplane.testsupport.Statuses;
import dev.berth.controlplane.testsupport.World;
import dev.berth.v1.CancelRunRequest;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.DeleteSessionRequest;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.RunSpec;
import dev.berth.v1.Session;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.SessionState;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jooq.Table;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is left of a deleted session, and for how long; packs are collected all the time. */
final class SessionRetentionTest {
  private static final String OBJECT = "packs/of-the-session";

  private final SettableClock clock = new SettableClock();
  private BerthServer berth;
  private ScriptedAgent agent;
  private SessionClient sessions;

  @BeforeEach
  void start() {
    berth = BerthServer.create().with(clock).with("berth.collection.interval", "200ms").start();
    agent = ScriptedAgent.enrol(berth, "host").connect();
    sessions = new SessionClient(berth);
  }

  @AfterEach
  void stop() {
    agent.close();
    berth.close();
  }

  @Test
  void deletedSession_isRemovedWithAllThatIsKeptOfIt_afterItsRetention() {
    Session kept = sessions.active(SessionSpec.newBuilder().setIdleTimeout(Durations.ZERO).build());
    Session session = sessions.active();
    snapshot(session);
    cancelledRun(session);
    ArtifactId artifact = new World(berth).artifact(berth.project(), id(session));
    delete(session);

    clock.advance(Duration.ofDays(29));
    berth.bean(SessionRetention.class).runOnce();
    assertThat(sessions.get(session).getState()).isEqualTo(SessionState.SESSION_STATE_DELETED);
    assertThat(berth.bean(ObjectStore.class).size(OBJECT)).isPresent();

    clock.advance(Duration.ofDays(2));
    awaitRemoved(session);
    assertThat(List.of(RUN, RUN_EVENT, SNAPSHOT, SNAPSHOT_PACK, PACK)).allMatch(this::isEmpty);
    assertThat(berth.sql().fetchCount(ARTIFACT, ARTIFACT.ID.eq(artifact))).isZero();
    assertThat(berth.sql().fetch(WORKER)).extracting(w -> w.getSessionId()).containsOnly(id(kept));
    assertThat(berth.sql().fetch(COPY)).extracting(c -> c.getSessionId()).containsOnly(id(kept));
    assertThat(berth.sql().fetchCount(EVENT, EVENT.SESSION_ID.eq(id(session)))).isZero();
    assertThat(berth.bean(ObjectStore.class).size(OBJECT)).isEmpty();
    assertThat(sessions.get(kept).getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVE);
  }

  @Test
  void copyOnAHostThatIsAway_keepsTheTombstone_untilTheHostHasRemovedIt() {
    Session session = sessions.stop(sessions.active(), false);
    cut();
    delete(session);
    clock.advance(Duration.ofDays(31));
    berth.bean(SessionRetention.class).runOnce();
    assertThat(sessions.get(session).getState()).isEqualTo(SessionState.SESSION_STATE_DELETED);
    agent = agent.connect();
    await().untilAsserted(() -> assertThat(agent.holds(id(session))).isFalse());
    awaitRemoved(session);
  }

  /** A new one is removed by the {@link SessionRemains} of its feature, and then stands here. */
  @Test
  void everyTableThatRefersToWhatIsRemoved_isKnown() {
    List<?> tables =
        berth
            .sql()
            .fetch(
                """
                select distinct conrelid::regclass::text from pg_constraint
                where contype = 'f' and confdeltype not in ('c', 'n')
                  and confrelid::regclass::text in
                    ('session', 'run', 'worker', 'copy', 'command', 'snapshot', 'pack')
                """)
            .getValues(0);
    assertThat(tables)
        .map(String::valueOf)
        .containsExactlyInAnyOrder(
            "artifact",
            "run",
            "run_attempt",
            "secret",
            "command",
            "worker",
            "copy",
            "exec",
            "session",
            "session_seed_set",
            "snapshot",
            "snapshot_pack",
            "pack");
  }

  @Test
  void sessionThatAnotherReplicaWorksOn_isPassedOver() {
    Session session = sessions.active();
    delete(session);
    clock.advance(Duration.ofDays(31));
    berth
        .transactions()
        .run(() -> {
          assertThat(berth.sql().selectFrom(SESSION).where(SESSION.ID.eq(id(session))).forUpdate())
              .hasSize(1);
          CompletableFuture.runAsync(berth.bean(SessionRetention.class)::runOnce).join();
        });
    assertThat(sessions.get(session).getState()).isEqualTo(SessionState.SESSION_STATE_DELETED);
    awaitRemoved(session);
  }

  private void awaitRemoved(Session session) {
    await()
        .untilAsserted(() -> {
          berth.bean(SessionRetention.class).runOnce();
          berth.bean(ArtifactCollector.class).runOnce();
          Statuses.refused(ErrorReason.RESOURCE_NOT_FOUND, () -> sessions.get(session));
        });
  }

  private boolean isEmpty(Table<?> table) {
    return berth.sql().fetchCount(table) == 0;
  }

  private void cut() {
    agent.cut();
    await().until(() -> !berth.bean(ExecutorService.class).isConnected(agent.id()));
  }

  private void cancelledRun(Session session) {
    cut();
    var runs = RunServiceGrpc.newBlockingStub(berth.channel());
    String run =
        runs.createRun(
                CreateRunRequest.newBuilder()
                    .setSessionId(session.getId())
                    .setSpec(RunSpec.newBuilder().addCommand("true"))
                    .build())
            .getRun()
            .getId();
    assertThat(
            runs.cancelRun(CancelRunRequest.newBuilder().setRunId(run).build())
                .getRun()
                .getLastSeq())
        .isPositive();
    agent = agent.connect();
  }

  /** A head and its parent, whose one pack holds both manifests. */
  private void snapshot(Session session) {
    World world = new World(berth);
    var pack = new PackId(world.newId());
    berth.bean(ObjectStore.class).ensureBucket();
    berth.bean(ObjectStore.class).put(OBJECT, new byte[] {1});
    berth
        .sql()
        .insertInto(PACK)
        .set(PACK.ID, pack)
        .set(PACK.PROJECT_ID, berth.project())
        .set(PACK.SESSION_ID, id(session))
        .set(PACK.OBJECT_KEY, OBJECT)
        .set(PACK.SHA256, "0".repeat(64))
        .set(PACK.SIZE_BYTES, 1L)
        .set(PACK.STATE, "LIVE")
        .execute();
    var parent = insert(session, new SnapshotId(world.newId()), null, pack);
    var head = insert(session, new SnapshotId(world.newId()), parent, pack);
    berth
        .sql()
        .update(SESSION)
        .set(SESSION.HEAD_SNAPSHOT_ID, head)
        .where(SESSION.ID.eq(id(session)))
        .execute();
    berth
        .sql()
        .update(COPY)
        .set(COPY.BASE_SNAPSHOT_ID, head)
        .where(COPY.SESSION_ID.eq(id(session)))
        .execute();
  }

  private SnapshotId insert(
      Session session,
      SnapshotId snapshot,
      @org.jspecify.annotations.Nullable SnapshotId parent,
      PackId pack) {
    berth
        .sql()
        .insertInto(SNAPSHOT)
        .set(SNAPSHOT.ID, snapshot)
        .set(SNAPSHOT.PROJECT_ID, berth.project())
        .set(SNAPSHOT.SESSION_ID, id(session))
        .set(SNAPSHOT.CREATED_BY_KIND, "SYSTEM")
        .set(SNAPSHOT.CREATED_BY_ID, "test")
        .set(SNAPSHOT.KIND, "NORMAL")
        .set(SNAPSHOT.PARENT_ID, parent)
        .set(SNAPSHOT.REASON, "STOP")
        .set(SNAPSHOT.WORKER_GENERATION, 1L)
        .set(SNAPSHOT.MANIFEST_PACK_ID, pack)
        .set(SNAPSHOT.MANIFEST_SHA256, "0".repeat(64))
        .set(SNAPSHOT.MANIFEST_BYTES, 1L)
        .set(SNAPSHOT.FILE_COUNT, 0L)
        .set(SNAPSHOT.LOGICAL_BYTES, 0L)
        .set(SNAPSHOT.STORED_BYTES, 1L)
        .execute();
    berth
        .sql()
        .insertInto(SNAPSHOT_PACK)
        .set(SNAPSHOT_PACK.SNAPSHOT_ID, snapshot)
        .set(SNAPSHOT_PACK.PACK_ID, pack)
        .execute();
    return snapshot;
  }

  private void delete(Session session) {
    assertThat(
            sessions
                .stub()
                .deleteSession(
                    DeleteSessionRequest.newBuilder()
                        .setSessionId(session.getId())
                        .setWait(WAIT)
                        .build())
                .getSession()
                .getState())
        .isEqualTo(SessionState.SESSION_STATE_DELETED);
  }
}
