package dev.berth.controlplane.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.v1.GetServerInfoRequest;
import dev.berth.v1.SystemServiceGrpc;
import dev.berth.v1.WhoAmIRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class SystemServiceTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create();

  @Test
  void getServerInfo_tellsInstallationAndReplica() {
    var info =
        SystemServiceGrpc.newBlockingStub(berth.channel())
            .getServerInfo(GetServerInfoRequest.getDefaultInstance());
    assertThat(info.getInstallationId()).isNotEmpty();
    assertThat(info.getReplicaId()).startsWith("rpl_");
    assertThat(info.getDatabase()).isEqualTo("external");
    assertThat(info.getObjectStore()).isEqualTo("embedded");
    assertThat(info.getLeaseMs()).isEqualTo(15_000);
  }

  @Test
  void whoAmI_tellsKeyProjectAndRole() {
    var me =
        SystemServiceGrpc.newBlockingStub(berth.channel())
            .whoAmI(WhoAmIRequest.getDefaultInstance());
    assertThat(me.getActor().getId()).startsWith("key_");
    assertThat(me.getProjectId()).isEqualTo(berth.project().toString());
    assertThat(me.getRole()).isEqualTo("admin");
  }

  @Test
  void asSecondReplica_answersWithTheSameInstallation() {
    try (BerthServer replica = berth.replica()) {
      var request = GetServerInfoRequest.getDefaultInstance();
      var first = SystemServiceGrpc.newBlockingStub(berth.channel()).getServerInfo(request);
      var second = SystemServiceGrpc.newBlockingStub(replica.channel()).getServerInfo(request);
      assertThat(second.getInstallationId()).isEqualTo(first.getInstallationId());
      assertThat(second.getReplicaId()).isNotEqualTo(first.getReplicaId());
    }
  }
}
