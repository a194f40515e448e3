package dev.berth.controlplane.platform.replica;

import static dev.berth.controlplane.testsupport.Statuses.refused;
import static dev.berth.sql.db.Tables.REPLICA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.sql.db.tables.records.ReplicaRecord;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class ReplicaHeartbeatTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final ReplicaHeartbeat heartbeat = berth.bean(ReplicaHeartbeat.class);

  private ReplicaRecord row() {
    return berth.sql().fetchSingle(REPLICA, REPLICA.ID.eq(berth.bean(Replica.class).id()));
  }

  @Test
  void aHeartbeatInTime_keepsListeningSince() {
    heartbeat.runOnce();
    ReplicaRecord before = row();
    heartbeat.runOnce();
    assertThat(row().getListeningSince()).isEqualTo(before.getListeningSince());
    assertThat(row().getHeartbeatTime()).isAfter(before.getHeartbeatTime());
    assertThat(row().getPrivateAddress()).isEqualTo("127.0.0.1:" + berth.executorPort());
  }

  @Test
  void aGapInOurOwnHeartbeat_resetsListeningSince() {
    ReplicaRecord before = row();
    berth
        .sql()
        .execute("update replica set heartbeat_time = heartbeat_time - interval '11 seconds'");
    heartbeat.runOnce();
    assertThat(row().getListeningSince()).isAfter(before.getListeningSince());
  }

  @Test
  void aRowSomeoneForgot_comesBack_listeningOnlyFromNow() {
    ReplicaRecord before = row();
    berth.sql().execute("delete from replica");
    heartbeat.runOnce();
    assertThat(row().getListeningSince()).isAfter(before.getListeningSince());
  }

  @Test
  void rowsOfReplicasLongSilent_go_andAStoppedOneTakesItsOwn() {
    BerthServer second = berth.replica();
    assertThat(berth.sql().fetchCount(REPLICA)).isEqualTo(2);
    second.close();
    assertThat(berth.sql().fetchCount(REPLICA)).isEqualTo(1);
    berth
        .sql()
        .execute(
            "insert into replica (id, private_address, heartbeat_time) values (gen_random_uuid(), 'gone:1', now() - interval '2 hours')");
    heartbeat.runOnce();
    assertThat(berth.sql().fetchCount(REPLICA)).isEqualTo(1);
  }

  @Test
  void replicas_reachOneAnotherWithTheirSecret() {
    try (BerthServer second = berth.replica()) {
      ReplicaChannels channels = berth.bean(ReplicaChannels.class);
      var channel = channels.to(second.bean(Replica.class).id()).orElseThrow();
      var health = HealthGrpc.newBlockingStub(channel).withCallCredentials(channels.credentials());
      // A replica holds REPLICA alone, and health asks for VIEW: known, and told so.
      refused(
          ErrorReason.PERMISSION_MISSING,
          () -> health.check(HealthCheckRequest.getDefaultInstance()));
    }
  }
}
