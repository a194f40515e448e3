package dev.berth.controlplane.platform.embedded;

import static dev.berth.controlplane.testsupport.Statuses.code;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.v1.GetProjectRequest;
import dev.berth.v1.ProjectServiceGrpc;
import io.grpc.Status;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class EmbeddedPostgresServerTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withEmbeddedDatabase();

  private final EmbeddedPostgresServer server = berth.bean(EmbeddedPostgresServer.class);

  @Test
  void aKilledServer_isStartedAgain_andCallsAreUnavailableMeanwhile() {
    var projects = ProjectServiceGrpc.newBlockingStub(berth.channel());
    var request = GetProjectRequest.getDefaultInstance();
    String name = projects.getProject(request).getProject().getName();
    long pid = server.process().pid();
    assertThat(server.process().destroyForcibly()).isTrue();
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> {
          Status.Code code = code(() -> assertThat(projects.getProject(request).hasProject()));
          assertThat(code).isIn(Status.Code.OK, Status.Code.UNAVAILABLE);
          return code == Status.Code.OK && server.process().pid() != pid;
        });
    assertThat(projects.getProject(request).getProject().getName()).isEqualTo(name);
  }

  @Test
  void whatIsCommitted_isOnDisk() {
    assertThat(berth.sql().fetchSingle("show fsync").get(0)).isEqualTo("on");
    assertThat(berth.sql().fetchSingle("show synchronous_commit").get(0)).isEqualTo("on");
  }

  @Test
  void nobodyGetsInWithoutThePassword_whichOnlyTheOwnerReads() throws Exception {
    assertThatThrownBy(() -> DriverManager.getConnection(server.url(), server.user(), "guess"))
        .hasMessageContaining("password authentication failed");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(berth.home().resolve("embedded.properties"))))
        .isEqualTo("rw-------");
    assertThat(Files.exists(berth.home().resolve("postgres/initdb-password"))).isFalse();
  }

  @Test
  void aSecondControlPlane_onTheSameHome_isRefused() {
    assertThatThrownBy(() ->
            new EmbeddedHome(
                new dev.berth.controlplane.platform.config.InstallationConfig(
                    berth.home().toString(), java.util.List.of("default"))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("BERTH_HOME");
  }
}
