package dev.berth.controlplane.worker;

import static dev.berth.controlplane.testsupport.SessionClient.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.controlplane.executor.ExecutorService;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.ScriptedAgent;
import dev.berth.controlplane.testsupport.SessionClient;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.executor.v1.WorkerOrder;
import dev.berth.v1.Session;
import dev.berth.v1.SessionState;
import io.grpc.Status;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Leases of three seconds on the database's own clock: expiry, giving up, coming back. */
final class LeaseTest {
  private BerthServer berth;
  private SessionClient sessions;
  private ScriptedAgent agent;

  @BeforeEach
  void start() {
    berth =
        BerthServer.create()
            .with("berth.lease.executor", "3s")
            .with("berth.lease.lost-after", "4s")
            .with("berth.lease.heartbeat", "500ms")
            .start();
    sessions = new SessionClient(berth);
    agent = ScriptedAgent.enrol(berth, "host").connect();
  }

  @AfterEach
  void stop() {
    agent.close();
    berth.close();
  }

  @Test
  void silentExecutor_isGivenUp_itsWorkMovesOn_andWhatItHeldIsSalvaged() {
    Session session = sessions.active();
    sessions.dirty(session);
    agent.fallSilent();
    Session waiting =
        sessions.await(session, s -> s.getState() == SessionState.SESSION_STATE_ACTIVATING);
    assertThat(waiting.getUnsavedWork()).isTrue();
    try (ScriptedAgent other = ScriptedAgent.enrol(berth, "other").connect()) {
      Session moved =
          sessions.await(session, s -> s.getState() == SessionState.SESSION_STATE_ACTIVE);
      assertThat(moved.getWorkerGeneration()).isEqualTo(2);
      assertThat(other.holds(id(session))).isTrue();
      assertThat(sessions.history(session)).contains("worker.lost", "copy.abandoned");

      agent.cut();
      agent = agent.connect();
      assertThat(agent.welcome().getWorkersList())
          .extracting(WorkerOrder::getVerdict)
          .containsExactly(WorkerOrder.Verdict.VERDICT_GIVEN_UP);
      ConnectResponse salvage = agent.awaitOrder(ConnectResponse::hasSalvageCopy);
      assertThat(salvage.getSalvageCopy().getGeneration()).isEqualTo(1);
      ConnectResponse remove = agent.awaitOrder(ConnectResponse::hasRemoveCopy);
      assertThat(remove.getRemoveCopy().getSessionId()).isEqualTo(session.getId());
      await().untilAsserted(() -> assertThat(sessions.history(session)).contains("copy.removed"));
      Session after = sessions.get(session);
      assertThat(after.getWorkerGeneration()).isEqualTo(2);
      assertThat(after.getUnsavedWork()).isFalse();
    }
  }

  @Test
  void silentExecutor_withEverythingSaved_isGivenUpWithoutSalvage() {
    Session session = sessions.active();
    agent.fallSilent();
    Session waiting =
        sessions.await(session, s -> s.getState() == SessionState.SESSION_STATE_ACTIVATING);
    assertThat(waiting.getUnsavedWork()).isFalse();
    agent.cut();
    agent = agent.connect();
    assertThat(agent.welcome().getWorkersList())
        .extracting(WorkerOrder::getVerdict)
        .containsExactly(WorkerOrder.Verdict.VERDICT_REMOVE);
    Session again = sessions.await(session, s -> s.getState() == SessionState.SESSION_STATE_ACTIVE);
    assertThat(again.getWorkerGeneration()).isEqualTo(2);
    assertThat(agent.received()).noneMatch(ConnectResponse::hasSalvageCopy);
  }

  @Test
  void shortCut_losesNothing() {
    Session session = sessions.active();
    sessions.dirty(session);
    agent.cut();
    agent = agent.connect();
    assertThat(agent.welcome().getWorkersList())
        .extracting(WorkerOrder::getVerdict)
        .containsExactly(WorkerOrder.Verdict.VERDICT_ADOPT);
    Session now = sessions.get(session);
    assertThat(now.getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVE);
    assertThat(now.getWorkerId()).isEqualTo(session.getWorkerId());
  }

  @Test
  void ourOwnDowntime_isNoExecutorsDeath() {
    Session session = sessions.active();
    sessions.dirty(session);
    agent.cut();
    berth = berth.restart();
    int rows =
        berth
            .sql()
            .execute("update executor set last_seen = clock_timestamp() - interval '1 hour'");
    assertThat(rows).isEqualTo(1);
    berth.bean(LeaseReconciler.class).runOnce();
    sessions = new SessionClient(berth);
    agent = agent.connect(berth);
    assertThat(agent.welcome().getWorkersList())
        .extracting(WorkerOrder::getVerdict)
        .containsExactly(WorkerOrder.Verdict.VERDICT_ADOPT);
    assertThat(sessions.get(session).getWorkerId()).isEqualTo(session.getWorkerId());
    assertThat(berth.bean(ExecutorService.class).isConnected(agent.id())).isTrue();
  }

  @Test
  void aPauseOfOurs_tooShortForTheRowToTurnStale_isNoExecutorsDeath() {
    Session session = sessions.active();
    agent.cut();
    // the row first: a loop of the server's own may look in between
    int replicas =
        berth
            .sql()
            .execute(
                "update replica set listening_since = clock_timestamp() - interval '1 hour',"
                    + " heartbeat_time = clock_timestamp() - interval '1 second'");
    int executors =
        berth
            .sql()
            .execute("update executor set last_seen = clock_timestamp() - interval '1 hour'");
    berth.bean(LeaseReconciler.class).runOnce();
    assertThat(executors).isEqualTo(replicas).isEqualTo(1);
    assertThat(berth.sql().fetchValue("select expired from executor")).isEqualTo(false);
    agent = agent.connect();
    assertThat(sessions.get(session).getWorkerId()).isEqualTo(session.getWorkerId());
  }

  @Test
  void aReplicaThatWasKilled_isNotTakenToListen_asLongAsItsRowIsYoung() {
    sessions.active();
    agent.cut();
    int begun = berth.sql().execute("update replica set listening_since = clock_timestamp()");
    int rows =
        berth
            .sql()
            .execute(
                "with killed as (insert into replica"
                    + " select gen_random_uuid(), private_address,"
                    + " clock_timestamp() - interval '1 second',"
                    + " clock_timestamp() - interval '1 hour'"
                    + " from replica returning id)"
                    + " update executor set link_replica_id = killed.id,"
                    + " last_seen = clock_timestamp() - interval '1 hour' from killed");
    berth.bean(LeaseReconciler.class).runOnce();
    assertThat(begun).isEqualTo(rows).isEqualTo(1);
    assertThat(berth.sql().fetchValue("select expired from executor")).isEqualTo(false);
  }

  @Test
  void newerStream_endsTheOlderOne() {
    ScriptedAgent older = agent;
    Session session = sessions.active();
    ScriptedAgent newer = older.twin().connect();
    assertThat(older.awaitEnd().getCode()).isEqualTo(Status.Code.ABORTED);
    assertThat(newer.welcome().getLinkEpoch()).isGreaterThan(older.welcome().getLinkEpoch());
    assertThat(sessions.get(session).getWorkerId()).isEqualTo(session.getWorkerId());
    agent = newer;
  }

  @Test
  void anyReplica_servesTheUser_whileAnotherHoldsTheLink() {
    try (BerthServer other = berth.replica()) {
      SessionClient there = new SessionClient(other);
      Session session = there.active();
      assertThat(session.getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVE);
      there.dirty(session);
      assertThat(there.stop(session, true).getState())
          .isEqualTo(SessionState.SESSION_STATE_STOPPED);
      assertThat(agent.holds(id(session))).isFalse();
    }
  }
}
