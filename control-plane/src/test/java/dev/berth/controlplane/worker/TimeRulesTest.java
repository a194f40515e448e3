package dev.berth.controlplane.worker;

import static dev.berth.controlplane.testsupport.SessionClient.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.ScriptedAgent;
import dev.berth.controlplane.testsupport.SessionClient;
import dev.berth.controlplane.testsupport.SettableClock;
import dev.berth.v1.Session;
import dev.berth.v1.SessionState;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What time alone does to sessions, with a clock that the test moves. */
final class TimeRulesTest {

  @Test
  void idleSession_isSavedAndStopped_andItsDiskRemovedAfterTheRetention() {
    SettableClock clock = new SettableClock();
    try (BerthServer berth = BerthServer.create().with(clock).start();
        ScriptedAgent agent = ScriptedAgent.enrol(berth, "host").connect()) {
      SessionClient sessions = new SessionClient(berth);
      Session session = sessions.active();
      sessions.dirty(session);
      clock.advance(Duration.ofMinutes(29));
      berth.bean(IdleReconciler.class).runOnce();
      assertThat(sessions.get(session).getState()).isEqualTo(SessionState.SESSION_STATE_ACTIVE);
      clock.advance(Duration.ofMinutes(2));
      Session stopped =
          sessions.await(session, s -> s.getState() == SessionState.SESSION_STATE_STOPPED);
      assertThat(stopped.getUnsavedWork()).isFalse();
      assertThat(agent.holds(id(session))).isTrue();
      assertThat(sessions.history(session)).contains("session.idle");
      clock.advance(Duration.ofDays(8));
      await().untilAsserted(() -> assertThat(agent.holds(id(session))).isFalse());
      assertThat(sessions.activate(session).getState())
          .isEqualTo(SessionState.SESSION_STATE_ACTIVE);
    }
  }
}
