package dev.berth.controlplane.worker;

import static dev.berth.controlplane.testsupport.SessionClient.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.controlplane.executor.ExecutorService;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.ScriptedAgent;
import dev.berth.controlplane.testsupport.SessionClient;
import dev.berth.v1.ActivateSessionRequest;
import dev.berth.v1.Resources;
import dev.berth.v1.Session;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.SessionState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where workers go: two executors of three workers each, one with a label. */
final class PlacementTest {
  private BerthServer berth;
  private SessionClient sessions;
  private ScriptedAgent plain;
  private ScriptedAgent special;

  @BeforeEach
  void start() {
    berth = BerthServer.create().with("berth.demand.idle", "1h").start();
    sessions = new SessionClient(berth);
    plain = ScriptedAgent.enrol(berth, "host").capacity(3, 3_000, 8L << 30).connect();
    special =
        ScriptedAgent.enrol(berth, "host")
            .capacity(3, 3_000, 8L << 30)
            .labels(Map.of("disk", "fast"))
            .hardening(Map.of("runtime", "runsc"))
            .connect();
  }

  @AfterEach
  void stop() {
    plain.close();
    special.close();
    berth.close();
  }

  @Test
  void labelsAndCapacity_areRespected_andWhoWaitsSaysWhy() {
    SessionSpec fast = SessionSpec.newBuilder().putPlacementLabels("disk", "fast").build();
    List<Session> fastOnes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      fastOnes.add(sessions.active(fast));
    }
    assertThat(fastOnes).allMatch(session -> special.holds(id(session)));
    Session fourth = sessions.wished(fast);
    assertThat(sessions.await(fourth, s -> s.getStateReason().equals("NO_CAPACITY")).getState())
        .isEqualTo(SessionState.SESSION_STATE_ACTIVATING);
    for (int i = 0; i < 3; i++) {
      assertThat(plain.holds(id(sessions.active()))).isTrue();
    }
    Session anywhere = sessions.wished(SessionSpec.getDefaultInstance());
    Session full = sessions.await(anywhere, s -> s.getStateReason().equals("NO_CAPACITY"));
    assertThat(full.getStateMessage()).contains("host", "host-2");
    // else the room that comes free may be seen between the two that wait, and go to this one
    assertThat(sessions.stop(anywhere, false).getState())
        .isEqualTo(SessionState.SESSION_STATE_STOPPED);

    Session stopped = sessions.stop(fastOnes.getFirst(), false);
    assertThat(stopped.getState()).isEqualTo(SessionState.SESSION_STATE_STOPPED);
    Session placed = sessions.await(fourth, s -> s.getState() == SessionState.SESSION_STATE_ACTIVE);
    assertThat(special.holds(id(placed))).isTrue();
  }

  @Test
  void unknownLabelOrHardening_waitsForAnExecutorThatHasIt() {
    Session nowhere =
        sessions.wished(SessionSpec.newBuilder().putPlacementLabels("gpu", "yes").build());
    Session waiting = sessions.await(nowhere, s -> s.getStateReason().equals("NO_EXECUTOR"));
    assertThat(waiting.getStateMessage()).contains("gpu=yes");
    Session hardened =
        sessions.active(SessionSpec.newBuilder().putRequiredHardening("runtime", "runsc").build());
    assertThat(special.holds(id(hardened))).isTrue();
    Session refused =
        sessions.wished(
            SessionSpec.newBuilder().putRequiredHardening("userns", "remapped").build());
    assertThat(
            sessions
                .await(refused, s -> s.getStateReason().equals("NO_EXECUTOR"))
                .getStateMessage())
        .contains("userns=remapped");
  }

  @Test
  void memory_bounds() {
    SessionSpec large =
        SessionSpec.newBuilder()
            .setResources(Resources.newBuilder().setMemoryBytes(9L << 30))
            .build();
    Session session = sessions.wished(large);
    assertThat(
            sessions
                .await(session, s -> s.getStateReason().equals("NO_CAPACITY"))
                .getStateMessage())
        .contains("9216 MiB");
  }

  @Test
  void diskNearlyFull_takesNoWorker_untilThereIsRoom() {
    ScriptedAgent large =
        ScriptedAgent.enrol(berth, "large")
            .labels(Map.of("size", "large"))
            .disk(1000, 149)
            .connect();
    try {
      Session session =
          sessions.wished(SessionSpec.newBuilder().putPlacementLabels("size", "large").build());
      Session waiting = sessions.await(session, s -> s.getStateReason().equals("NO_CAPACITY"));
      assertThat(waiting.getStateMessage()).contains("85 %", "large");
      large.cut();
      large.disk(1000, 150).connect();
      sessions.await(session, s -> s.getState() == SessionState.SESSION_STATE_ACTIVE);
    } finally {
      large.close();
    }
  }

  @Test
  void cachedCopy_isPreferred_andADirtyOneBinds() {
    Session session = sessions.active();
    boolean onPlain = plain.holds(id(session));
    ScriptedAgent holder = onPlain ? plain : special;
    for (int i = 0; i < 2; i++) {
      Session stopped = sessions.stop(session, false);
      assertThat(stopped.getState()).isEqualTo(SessionState.SESSION_STATE_STOPPED);
      Session again = sessions.activate(session);
      assertThat(again.getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVE);
      assertThat(sessions.workers(session, false).getFirst().getExecutorId())
          .isEqualTo(holder.id().toString());
    }
    Session stopped = sessions.stop(session, false);
    sessions.dirty(stopped);
    holder.cut();
    await().until(() -> !berth.bean(ExecutorService.class).isConnected(holder.id()));
    Session wished =
        sessions
            .stub()
            .activateSession(
                ActivateSessionRequest.newBuilder().setSessionId(session.getId()).build())
            .getSession();
    Session waiting = sessions.await(wished, s -> s.getStateReason().equals("NO_EXECUTOR"));
    assertThat(waiting.getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVATING);
    assertThat(waiting.getStateMessage()).contains(holder.id().toString());
  }
}
