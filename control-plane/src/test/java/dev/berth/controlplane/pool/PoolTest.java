package dev.berth.controlplane.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.FieldMask;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.Failures;
import dev.berth.controlplane.testsupport.ScriptedAgent;
import dev.berth.controlplane.testsupport.SessionClient;
import dev.berth.controlplane.testsupport.Statuses;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.v1.AgentData;
import dev.berth.v1.CordonExecutorRequest;
import dev.berth.v1.CreatePoolRequest;
import dev.berth.v1.DeletePoolRequest;
import dev.berth.v1.ExecutorServiceGrpc;
import dev.berth.v1.GetPoolRequest;
import dev.berth.v1.ListPoolsRequest;
import dev.berth.v1.Pool;
import dev.berth.v1.PoolExecutor;
import dev.berth.v1.PoolServiceGrpc;
import dev.berth.v1.Resources;
import dev.berth.v1.RuntimeManifest;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.UncordonExecutorRequest;
import dev.berth.v1.UpdatePoolRequest;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pools and what sessions take of them, with an agent over the real link. */
final class PoolTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create();

  private ScriptedAgent agent;
  private SessionClient sessions;
  private PoolServiceGrpc.PoolServiceBlockingStub pools;

  @BeforeEach
  void connect() {
    agent = ScriptedAgent.enrol(berth, "host").connect();
    sessions = new SessionClient(berth);
    pools = PoolServiceGrpc.newBlockingStub(berth.channel());
  }

  @AfterEach
  void disconnect() {
    pools
        .listPools(ListPoolsRequest.getDefaultInstance())
        .getPoolsList()
        .forEach(pool -> delete(pool.getName()));
    agent.close();
  }

  @Test
  void aSession_claimsWhatIsReady_andThePoolIsFilledAgain() {
    create("warm", 2);
    awaitReady("warm", 2);
    Set<String> ready = agent.pool().ids();
    var session = sessions.active();
    assertThat(claimed(session.getWorkerId())).isIn(ready);
    Pool pool = awaitReady("warm", 2);
    assertThat(pool.getHits()).isEqualTo(1);
    assertThat(pool.getMisses()).isZero();
    assertThat(only(pool).getClaimed()).isEqualTo(1);
    assertThat(only(pool).getExecutorName()).startsWith("host");
  }

  @Test
  void manySessionsAtOnce_neverGetTheSame() {
    create("warm", 3);
    awaitReady("warm", 3);
    var wished =
        IntStream.range(0, 6)
            .mapToObj(i -> sessions.wished(SessionSpec.getDefaultInstance()))
            .toList();
    Set<String> taken = new HashSet<>();
    for (var session : wished) {
      var active = sessions.await(session, s -> !s.getWorkerId().isEmpty());
      String pooled = claimed(active.getWorkerId());
      assertThat(pooled.isEmpty() || taken.add(pooled)).isTrue();
    }
    Pool pool = get("warm");
    assertThat(pool.getHits()).isEqualTo(taken.size()).isGreaterThanOrEqualTo(3);
    assertThat(pool.getHits() + pool.getMisses()).isEqualTo(6);
  }

  @Test
  void aSessionOfOtherResources_isNoneOfThePools() {
    create("warm", 1);
    awaitReady("warm", 1);
    var other = SessionSpec.newBuilder().setResources(Resources.newBuilder().setPids(99)).build();
    assertThat(claimed(sessions.active(other).getWorkerId())).isEmpty();
    assertThat(get("warm").getMisses()).isZero();
  }

  @Test
  void aSessionWhoseManifestMountsMore_claimsNothing_andOneThatCleansUpDoes() {
    create("warm", 1);
    awaitReady("warm", 1);
    var mounts =
        RuntimeManifest.newBuilder()
            .addAgentData(AgentData.newBuilder().setProvider("exec").addDirectories(".agent"));
    assertThat(claimed(sessions.active(with(mounts)).getWorkerId())).isEmpty();
    assertThat(get("warm").getMisses()).isZero();
    var cleans = RuntimeManifest.newBuilder().addCleanUp("/workspace/tmp/**");
    assertThat(claimed(sessions.active(with(cleans)).getWorkerId())).isNotEmpty();
  }

  private static SessionSpec with(RuntimeManifest.Builder manifest) {
    return SessionSpec.newBuilder().setManifest(manifest).build();
  }

  @Test
  void aSessionWithItsFilesOnTheDisk_wakesThere_andClaimsNothing() {
    var session = sessions.active();
    sessions.stop(session, false);
    create("warm", 1);
    awaitReady("warm", 1);
    assertThat(claimed(sessions.activate(session).getWorkerId())).isEmpty();
    assertThat(get("warm").getHits()).isZero();
  }

  @Test
  void sessionsComeFirst_wherePooledContainersTookAllRoom() {
    agent.close();
    agent = ScriptedAgent.enrol(berth, "small").capacity(2, 64_000, 1L << 40).connect();
    create("warm", 5);
    awaitReady("warm", 2);
    var other = SessionSpec.newBuilder().setResources(Resources.newBuilder().setPids(99)).build();
    sessions.active(other);
    awaitReady("warm", 1);
    sessions.active(other);
    await().atMost(Duration.ofSeconds(20)).until(() -> agent.pool().ids().isEmpty());
  }

  @Test
  void aClaim_outlivesTheLinkThatDidNotCarryIt() {
    create("warm", 1);
    awaitReady("warm", 1);
    String pooled = agent.pool().ids().iterator().next();
    agent.holdEnsures(true);
    var session = sessions.wished(SessionSpec.getDefaultInstance());
    var placed = sessions.await(session, s -> !s.getWorkerId().isEmpty());
    assertThat(claimed(placed.getWorkerId())).isEqualTo(pooled);
    agent.cut();
    agent.holdEnsures(false);
    agent.connect();
    assertThat(agent.welcome().getPooledList()).contains(pooled);
    assertThat(claimed(placed.getWorkerId())).isEqualTo(pooled);
  }

  @Test
  void whatAnEndedWorkerHadClaimed_isRemoved() {
    create("warm", 1);
    awaitReady("warm", 1);
    var session = sessions.active();
    String pooled = claimed(session.getWorkerId());
    sessions.stop(session, true);
    agent.awaitOrder(
        order -> order.hasRemovePooled() && order.getRemovePooled().getPooledId().equals(pooled));
  }

  @Test
  void whatTheExecutorLost_isMadeAgain_andWhatNobodyKnows_doesNotStay() {
    create("warm", 2);
    awaitReady("warm", 2);
    agent.cut();
    agent.forgetAll();
    agent.connect();
    await().atMost(Duration.ofSeconds(20)).until(() -> agent.pool().ids().size() == 2);
    assertThat(agent.welcome().getPooledList()).isEmpty();
    awaitReady("warm", 2);
  }

  @Test
  void whatCannotBeMade_isShown_andTriedAgain() {
    agent.pool().fail(Failures.permanent("IMAGE_NOT_FOUND"));
    create("warm", 1);
    Pool failing =
        awaitPool("warm", pool -> pool.getExecutorsCount() == 1 && only(pool).getFailed() == 1);
    assertThat(only(failing).getReason()).isEqualTo("IMAGE_NOT_FOUND");
    agent.pool().fail(null);
    awaitReady("warm", 1);
  }

  @Test
  void aPoolThatShrinksOrGoes_takesItsContainersWithIt() {
    create("warm", 3);
    awaitReady("warm", 3);
    pools.updatePool(
        UpdatePoolRequest.newBuilder()
            .setPool("warm")
            .setSize(1)
            .setUpdateMask(FieldMask.newBuilder().addPaths("size"))
            .build());
    await().atMost(Duration.ofSeconds(20)).until(() -> agent.pool().ids().size() == 1);
    delete("warm");
    await().atMost(Duration.ofSeconds(20)).until(() -> agent.pool().ids().isEmpty());
  }

  @Test
  void aCordonedExecutor_keepsNone_andGetsThemBack() {
    create("warm", 2);
    awaitReady("warm", 2);
    var executors = ExecutorServiceGrpc.newBlockingStub(berth.channel());
    var cordoned =
        executors.cordonExecutor(
            CordonExecutorRequest.newBuilder().setExecutorId(agent.id().toString()).build());
    assertThat(cordoned.hasExecutor()).isTrue();
    await().atMost(Duration.ofSeconds(20)).until(() -> agent.pool().ids().isEmpty());
    var back =
        executors.uncordonExecutor(
            UncordonExecutorRequest.newBuilder().setExecutorId(agent.id().toString()).build());
    assertThat(back.hasExecutor()).isTrue();
    awaitReady("warm", 2);
  }

  @Test
  void aNameIsTakenOnce_andAnOldEtagChangesNothing() {
    Pool pool = create("warm", 0);
    Statuses.refused(ErrorReason.NAME_TAKEN, () -> create("warm", 0));
    var update =
        UpdatePoolRequest.newBuilder()
            .setPool(pool.getId())
            .setEtag(pool.getEtag())
            .setMaxPerExecutor(1)
            .setUpdateMask(FieldMask.newBuilder().addPaths("max_per_executor"))
            .build();
    assertThat(pools.updatePool(update).getPool().getMaxPerExecutor()).isEqualTo(1);
    Statuses.refused(ErrorReason.ETAG_STALE, () -> pools.updatePool(update));
  }

  private Pool create(String name, int size) {
    return pools
        .createPool(CreatePoolRequest.newBuilder().setName(name).setSize(size).build())
        .getPool();
  }

  private void delete(String name) {
    var deleted = pools.deletePool(DeletePoolRequest.newBuilder().setPool(name).build());
    assertThat(deleted.isInitialized()).isTrue();
  }

  private Pool get(String name) {
    return pools.getPool(GetPoolRequest.newBuilder().setPool(name).build()).getPool();
  }

  private Pool awaitPool(String name, Predicate<Pool> wanted) {
    return await().atMost(Duration.ofSeconds(30)).until(() -> get(name), wanted::test);
  }

  private Pool awaitReady(String name, int ready) {
    return awaitPool(
        name,
        pool -> pool.getExecutorsList().stream().mapToInt(PoolExecutor::getReady).sum() == ready);
  }

  private static PoolExecutor only(Pool pool) {
    return List.copyOf(pool.getExecutorsList()).getFirst();
  }

  /** The pooled container that the order for the worker names; empty for none. */
  private String claimed(String worker) {
    ConnectResponse order =
        agent.awaitOrder(
            o -> o.hasEnsureWorker() && o.getEnsureWorker().getWorkerId().equals(worker));
    return order.getEnsureWorker().getPooledId();
  }
}
