package dev.berth.controlplane.platform.grpc;

import static dev.berth.controlplane.testsupport.Statuses.refused;
import static dev.berth.sql.db.Tables.API_KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.berth.controlplane.platform.auth.Credentials;
import dev.berth.controlplane.platform.auth.Permission;
import dev.berth.controlplane.platform.auth.Principal;
import dev.berth.controlplane.platform.auth.Role;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.testsupport.AllMethods;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.SettableClock;
import dev.berth.v1.GetProjectRequest;
import dev.berth.v1.ListProjectsRequest;
import dev.berth.v1.ProjectServiceGrpc;
import dev.berth.v1.SystemServiceGrpc;
import dev.berth.v1.WhoAmIRequest;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.channelz.v1.ChannelzGrpc;
import io.grpc.channelz.v1.GetServersRequest;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who may call what. */
final class AccessTest {
  private static final SettableClock CLOCK = new SettableClock();

  @RegisterExtension
  static final BerthServer berth = BerthServer.create().with(CLOCK).withoutReconcilers();

  static Stream<MethodDescriptor<?, ?>> methods() {
    return Stream.concat(AllMethods.ofPublicListener(), AllMethods.ofExecutorListener());
  }

  static Stream<MethodDescriptor<?, ?>> everyPublicMethod() {
    return Stream.of(
            AllMethods.ofPublicListener(),
            HealthGrpc.getServiceDescriptor().getMethods().stream(),
            ServerReflectionGrpc.getServiceDescriptor().getMethods().stream(),
            ChannelzGrpc.getServiceDescriptor().getMethods().stream())
        .flatMap(s -> s);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void everyRpc_declaresItsPermission(MethodDescriptor<?, ?> method) {
    assertThatCode(() -> MethodPermissions.of(method)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @MethodSource("everyPublicMethod")
  void noPublicRpc_answersWithoutACredential(MethodDescriptor<?, ?> method) {
    Channel anonymous = berth.open(berth.publicPort());
    if (isServed(method)) {
      refused(ErrorReason.CREDENTIAL_MISSING, () -> AllMethods.call(anonymous, method, null));
    }
  }

  @Test
  void noExecutorRpc_answersWithoutACredential_orToAnApiKey() {
    Channel anonymous = berth.open(berth.executorPort());
    Channel key = berth.executorChannel(berth.key());
    AllMethods.ofExecutorListener()
        .filter(AccessTest::isServed)
        .forEach(method -> {
          refused(ErrorReason.CREDENTIAL_MISSING, () -> AllMethods.call(anonymous, method, null));
          refused(ErrorReason.PERMISSION_MISSING, () -> AllMethods.call(key, method, null));
        });
  }

  /** Features land one by one; a method nobody serves yet is UNIMPLEMENTED and tells nothing. */
  private static boolean isServed(MethodDescriptor<?, ?> method) {
    return berth.bean(Listeners.class).serves(String.valueOf(method.getServiceName()));
  }

  @Test
  void anUnknownMalformedOrForeignCredential_isInvalid() {
    for (String credential :
        new String[] {
          "x",
          "berth_short",
          Credentials.generate(Principal.Kind.KEY),
          Credentials.generate(Principal.Kind.EXECUTOR),
          Credentials.generate(Principal.Kind.REPLICA),
          Credentials.generate(Principal.Kind.ENROLMENT)
        }) {
      refused(ErrorReason.CREDENTIAL_INVALID, () -> whoAmI(credential));
    }
  }

  @Test
  void anExpiredKey_isRefusedAsExpired() {
    String key = berth.newKey(berth.project(), Role.ADMIN);
    berth
        .sql()
        .update(API_KEY)
        .set(API_KEY.EXPIRE_TIME, java.time.Instant.EPOCH)
        .where(API_KEY.KEY_HASH.eq(Credentials.hash(key)))
        .execute();
    refused(ErrorReason.CREDENTIAL_EXPIRED, () -> whoAmI(key));
  }

  @Test
  void aRevokedKey_isRefusedOnceItIsForgotten() {
    String key = berth.newKey(berth.project(), Role.VIEWER);
    assertThat(whoAmI(key)).isEqualTo("viewer");
    berth
        .sql()
        .update(API_KEY)
        .set(API_KEY.REVOKE_TIME, java.time.Instant.EPOCH)
        .where(API_KEY.KEY_HASH.eq(Credentials.hash(key)))
        .execute();
    CLOCK.advance(Duration.ofSeconds(11));
    refused(ErrorReason.CREDENTIAL_INVALID, () -> whoAmI(key));
  }

  @Test
  void roles_holdThePermissionsBelowThem() {
    assertThat(Role.VIEWER.may(Permission.EDIT)).isFalse();
    assertThat(Role.EDITOR.may(Permission.VIEW)).isTrue();
    assertThat(Role.ADMIN.may(Permission.ADMINISTER)).isTrue();
    assertThat(Role.ADMIN.may(Permission.EXECUTOR)).isFalse();
    assertThat(Role.EXECUTOR.may(Permission.VIEW)).isFalse();
  }

  @Test
  void channelz_needsAnAdmin_healthAViewer() {
    String viewer = berth.newKey(berth.project(), Role.VIEWER);
    refused(
        ErrorReason.PERMISSION_MISSING,
        () ->
            ChannelzGrpc.newBlockingStub(berth.channel(viewer))
                .getServers(GetServersRequest.getDefaultInstance()));
    assertThat(
            ChannelzGrpc.newBlockingStub(berth.channel())
                .getServers(GetServersRequest.getDefaultInstance())
                .getServerCount())
        .isGreaterThanOrEqualTo(2);
    assertThat(
            HealthGrpc.newBlockingStub(berth.channel(viewer))
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus())
        .isEqualTo(ServingStatus.SERVING);
  }

  @Test
  void keysOfTwoProjects_seeOnlyTheirOwn() {
    var mine = ProjectServiceGrpc.newBlockingStub(berth.channel());
    var theirs = ProjectServiceGrpc.newBlockingStub(berth.channel(berth.otherKey()));
    String own = berth.project().toString();
    String other = berth.project("other").toString();
    assertThat(theirs.getProject(GetProjectRequest.getDefaultInstance()).getProject().getId())
        .isEqualTo(other);
    assertThat(mine.listProjects(ListProjectsRequest.getDefaultInstance()).getProjectsList())
        .extracting(dev.berth.v1.Project::getId)
        .containsExactly(own);
    refused(
        ErrorReason.RESOURCE_NOT_FOUND,
        () -> mine.getProject(GetProjectRequest.newBuilder().setProjectId(other).build()));
    refused(
        ErrorReason.FIELD_INVALID,
        () -> mine.getProject(GetProjectRequest.newBuilder().setProjectId("prj_x").build()));
  }

  @Test
  void firstKeys_areReadableByTheirOwnerAlone_andKeptAsHashes() throws Exception {
    for (var file :
        new java.nio.file.Path[] {
          berth.home().resolve("api-key"), berth.home().resolve("keys/other")
        }) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
    }
    assertThat(berth.sql().fetchExists(API_KEY, API_KEY.KEY_HASH.eq(Credentials.hash(berth.key()))))
        .isTrue();
  }

  private static String whoAmI(String credential) {
    return SystemServiceGrpc.newBlockingStub(berth.channel(credential))
        .whoAmI(WhoAmIRequest.getDefaultInstance())
        .getRole();
  }
}
