package dev.berth.controlplane.platform.db;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.controlplane.testsupport.BerthServer;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class NotificationsTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private static BerthServer replica = BerthServer.create();

  @BeforeAll
  static void second() {
    replica = berth.replica();
  }

  @AfterAll
  static void close() {
    replica.close();
  }

  @Test
  void aHint_reachesSubscribersOfThatTopic_onEveryReplica() throws Exception {
    Semaphore here = new Semaphore(0);
    Semaphore there = new Semaphore(0);
    Semaphore other = new Semaphore(0);
    Notifications mine = berth.bean(Notifications.class);
    Notifications theirs = replica.bean(Notifications.class);
    try (var a = mine.subscribe("run:1", here::release);
        var b = theirs.subscribe("run:1", there::release);
        var c = theirs.subscribe("run:2", other::release)) {
      assertThat(a).isNotNull();
      assertThat(b).isNotNull();
      assertThat(c).isNotNull();
      theirs.publish("warm-up");
      other.drainPermits();
      mine.publish("run:1");
      assertThat(here.tryAcquire(5, SECONDS)).isTrue();
      assertThat(there.tryAcquire(10, SECONDS)).isTrue();
    }
  }

  @Test
  void inATransaction_hintsGoOutAfterTheCommit_andNeverAfterARollback() {
    Semaphore hints = new Semaphore(0);
    Notifications notifications = berth.bean(Notifications.class);
    try (var subscription = notifications.subscribe("session:1", hints::release)) {
      assertThat(subscription).isNotNull();
      berth
          .transactions()
          .run(() -> {
            notifications.publish("session:1");
            assertThat(hints.availablePermits()).isZero();
          });
      assertThat(hints.availablePermits()).isEqualTo(1);
      assertThatThrownBy(() ->
              berth
                  .transactions()
                  .run(() -> {
                    notifications.publish("session:1");
                    throw new IllegalStateException("no");
                  }))
          .hasMessage("no");
      assertThat(hints.availablePermits()).isEqualTo(1);
    }
  }

  @Test
  void aClosedSubscription_hearsNothing() {
    Semaphore hints = new Semaphore(0);
    Notifications notifications = berth.bean(Notifications.class);
    var subscription = notifications.subscribe("session:2", hints::release);
    subscription.close();
    subscription.close();
    notifications.publish("session:2");
    assertThat(hints.availablePermits()).isZero();
  }

  @Test
  void aLostConnection_isMadeAnew_andTellsEverybody() throws Exception {
    Semaphore hints = new Semaphore(0);
    Notifications theirs = replica.bean(Notifications.class);
    Semaphore ready = new Semaphore(0);
    try (var subscription = theirs.subscribe("run:3", hints::release);
        var probe = theirs.subscribe("probe", ready::release)) {
      assertThat(subscription).isNotNull();
      assertThat(probe).isNotNull();
      berth.bean(Notifications.class).publish("probe");
      assertThat(ready.tryAcquire(10, SECONDS)).isTrue();
      hints.drainPermits();
      berth
          .sql()
          .execute(
              "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'berth-notifications' and datname = current_database()");
      assertThat(hints.tryAcquire(20, SECONDS)).isTrue();
      berth.bean(Notifications.class).publish("run:3");
      assertThat(hints.tryAcquire(20, SECONDS)).isTrue();
    }
  }
}
