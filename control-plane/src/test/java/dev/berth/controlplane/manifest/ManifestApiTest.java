package dev.berth.controlplane.manifest;

import static dev.berth.controlplane.testsupport.Statuses.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.FieldMask;
import com.google.rpc.BadRequest;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.platform.store.ObjectStore;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.Statuses;
import dev.berth.v1.AgentData;
import dev.berth.v1.CreateSeedSetRequest;
import dev.berth.v1.CreateSessionRequest;
import dev.berth.v1.DeleteSeedSetRequest;
import dev.berth.v1.GetSeedSetRequest;
import dev.berth.v1.GetSessionRequest;
import dev.berth.v1.ListSeedSetsRequest;
import dev.berth.v1.ListSessionsRequest;
import dev.berth.v1.Mount;
import dev.berth.v1.RuntimeManifest;
import dev.berth.v1.Seed;
import dev.berth.v1.SeedFile;
import dev.berth.v1.SeedSet;
import dev.berth.v1.SeedSetServiceGrpc;
import dev.berth.v1.Session;
import dev.berth.v1.SessionServiceGrpc;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.UpdateSessionRequest;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the API promises of manifests and seed sets, and how it refuses. */
final class ManifestApiTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  @BeforeAll
  static void makeBucket() {
    berth.bean(ObjectStore.class).ensureBucket();
  }

  static Stream<Arguments> wrong() {
    return Stream.of(
        Arguments.of(
            manifest().addRequiredPaths("/workspace/../etc"), "spec.manifest.required_paths[0]"),
        Arguments.of(manifest().addRequiredPaths("/etc"), "spec.manifest.required_paths[0]"),
        Arguments.of(manifest().addProtectedPaths("relative"), "spec.manifest.protected_paths[0]"),
        Arguments.of(
            manifest().addProtectedPaths("/workspace/ok").addProtectedPaths("/workspace//x"),
            "spec.manifest.protected_paths[1]"),
        Arguments.of(manifest().addCleanUp("/workspace/"), "spec.manifest.clean_up[0]"),
        Arguments.of(manifest().addCleanUp("/workspace"), "spec.manifest.clean_up[0]"),
        Arguments.of(
            manifest().addCleanUp("/workspace/" + "n".repeat(256)), "spec.manifest.clean_up[0]"),
        Arguments.of(
            manifest().addMounts(mount("a", "/workspace/./a")), "spec.manifest.mounts[0].path"),
        Arguments.of(
            manifest()
                .addMounts(mount("a", "/workspace/a"))
                .addMounts(mount("b", "/workspace/a/b")),
            "spec.manifest.mounts[1].path"),
        Arguments.of(manifest().addSeeds(seed("/workspace/a/..")), "spec.manifest.seeds[0].path"),
        Arguments.of(manifest().addSeeds(seed("/workspace")), "spec.manifest.seeds[0].path"),
        Arguments.of(
            manifest().addSeeds(seed("/workspace/a")).addSeeds(seed("/workspace/a")),
            "spec.manifest.seeds[1].path"),
        Arguments.of(
            manifest().addSeeds(seed("/workspace/a/b")).addSeeds(seed("/workspace/a")),
            "spec.manifest.seeds[0].path"),
        Arguments.of(
            manifest().addMounts(mount("m", "/workspace/m")).addSeeds(seed("/workspace/m/x")),
            "spec.manifest.seeds[0].path"),
        Arguments.of(
            manifest()
                .addAgentData(AgentData.newBuilder().setProvider("codex").addDirectories("../x")),
            "spec.manifest.agent_data[0].directories[0]"),
        Arguments.of(
            manifest()
                .addAgentData(AgentData.newBuilder().setProvider("codex"))
                .addAgentData(AgentData.newBuilder().setProvider("codex")),
            "spec.manifest.agent_data[1].provider"));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void whatMakesNoSense_isRefusedWithTheFieldNamed(RuntimeManifest.Builder manifest, String field) {
    var refused = refused(ErrorReason.FIELD_INVALID, () -> create(manifest.build()));
    assertThat(Statuses.detail(refused, BadRequest.class).orElseThrow().getFieldViolationsList())
        .extracting(BadRequest.FieldViolation::getField)
        .containsExactly(field);
  }

  @Test
  void aManifest_isShownAsItWasGiven_butForInlineContent_andNotInLists() {
    var given =
        manifest()
            .setRuntimeVersion("7")
            .addSeeds(seed("/workspace/a"))
            .addCleanUp("/workspace/**/*.pyc")
            .addMounts(mount("m", "/workspace/m"))
            .addRequiredPaths("/workspace/a")
            .addProtectedPaths("/workspace/b")
            .build();
    Session session = create(given);
    var shown = session.getSpec().getManifest();
    assertThat(shown.getSeeds(0).getInline().getSize()).isEqualTo(4);
    assertThat(shown.toBuilder().clearSeeds().clearConflictPolicy().build())
        .isEqualTo(given.toBuilder().clearSeeds().build());
    assertThat(
            stub()
                .getSession(GetSessionRequest.newBuilder().setSessionId(session.getId()).build())
                .getSession()
                .getSpec()
                .getManifest())
        .isEqualTo(shown);
    assertThat(stub().listSessions(ListSessionsRequest.getDefaultInstance()).getSessionsList())
        .noneMatch(listed -> listed.getSpec().hasManifest());
  }

  @Test
  void aSeedSet_isFoundByNameAndId_andItsNameIsTakenOnce() {
    SeedSet made = set("tools", "bin/x", "a");
    assertThat(made.getFilesList()).extracting(SeedFile::getPath).containsExactly("a", "bin/x");
    assertThat(made.getSizeBytes()).isEqualTo(8);
    assertThat(get("tools")).isEqualTo(made);
    assertThat(get(made.getId())).isEqualTo(made);
    assertThat(sets().listSeedSets(ListSeedSetsRequest.getDefaultInstance()).getSeedSetsList())
        .contains(made.toBuilder().clearFiles().build());
    var taken = refused(ErrorReason.NAME_TAKEN, () -> set("tools", "b"));
    assertThat(Statuses.info(taken).orElseThrow().getMetadataMap())
        .containsEntry("id", made.getId());
    refused(ErrorReason.FIELD_INVALID, () -> set("twice", "a", "a"));
    refused(ErrorReason.FIELD_INVALID, () -> set("below", "a", "a/b"));
  }

  @Test
  void aSeedSetThatManifestsName_isDeletedOnlyOnceNoneDoes() {
    set("held", "a");
    var manifest =
        manifest().addSeeds(Seed.newBuilder().setPath("/workspace").setSeedSet("held")).build();
    Session session = create(manifest);
    var delete = DeleteSeedSetRequest.newBuilder().setSeedSet("held").build();
    refused(ErrorReason.SEED_SET_IN_USE, () -> sets().deleteSeedSet(delete));
    assertThat(
            stub()
                .updateSession(
                    UpdateSessionRequest.newBuilder()
                        .setSessionId(session.getId())
                        .setUpdateMask(FieldMask.newBuilder().addPaths("spec.manifest"))
                        .build())
                .getSession()
                .getSpec()
                .hasManifest())
        .isFalse();
    assertThat(sets().deleteSeedSet(delete).isInitialized()).isTrue();
    refused(ErrorReason.RESOURCE_NOT_FOUND, () -> get("held"));
    refused(ErrorReason.RESOURCE_NOT_FOUND, () -> create(manifest));
    assertThat(set("held", "a").getName()).isEqualTo("held");
  }

  private static RuntimeManifest.Builder manifest() {
    return RuntimeManifest.newBuilder();
  }

  private static Mount mount(String name, String path) {
    return Mount.newBuilder().setName(name).setPath(path).build();
  }

  private static Seed seed(String path) {
    return Seed.newBuilder().setPath(path).setContent(ByteString.copyFromUtf8("seed")).build();
  }

  private static Session create(RuntimeManifest manifest) {
    return stub()
        .createSession(
            CreateSessionRequest.newBuilder()
                .setSpec(SessionSpec.newBuilder().setManifest(manifest))
                .build())
        .getSession();
  }

  private static SeedSet set(String name, String... paths) {
    var request = CreateSeedSetRequest.newBuilder().setName(name);
    for (String path : paths) {
      request.addFiles(
          SeedFile.newBuilder().setPath(path).setContent(ByteString.copyFromUtf8("file")));
    }
    return sets().createSeedSet(request.build()).getSeedSet();
  }

  private static SeedSet get(String nameOrId) {
    return sets()
        .getSeedSet(GetSeedSetRequest.newBuilder().setSeedSet(nameOrId).build())
        .getSeedSet();
  }

  private static SessionServiceGrpc.SessionServiceBlockingStub stub() {
    return SessionServiceGrpc.newBlockingStub(berth.channel());
  }

  private static SeedSetServiceGrpc.SeedSetServiceBlockingStub sets() {
    return SeedSetServiceGrpc.newBlockingStub(berth.channel());
  }
}
