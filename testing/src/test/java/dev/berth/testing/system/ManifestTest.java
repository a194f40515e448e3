package dev.berth.testing.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.FieldMask;
import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.ActivateSessionRequest;
import dev.berth.v1.AgentData;
import dev.berth.v1.ConflictPolicy;
import dev.berth.v1.CreateSeedSetRequest;
import dev.berth.v1.EndReason;
import dev.berth.v1.GetSessionRequest;
import dev.berth.v1.ListWorkersRequest;
import dev.berth.v1.Mount;
import dev.berth.v1.PlanRestoreRequest;
import dev.berth.v1.RestoreEntry;
import dev.berth.v1.Run;
import dev.berth.v1.RunState;
import dev.berth.v1.RuntimeManifest;
import dev.berth.v1.Seed;
import dev.berth.v1.SeedFile;
import dev.berth.v1.SeedFromSnapshot;
import dev.berth.v1.SeedSetServiceGrpc;
import dev.berth.v1.Session;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.SessionState;
import dev.berth.v1.StopSessionRequest;
import dev.berth.v1.UpdateSessionRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runtime manifests on a real engine. */
class ManifestTest {
  private static final java.time.Duration PATIENCE = java.time.Duration.ofMinutes(1);

  @TempDir static Path shared;
  private static Stack stack;

  @BeforeAll
  static void start() throws Exception {
    stack = Stack.startWithoutExecutor(Map.of());
    Files.writeString(shared.resolve("model.bin"), "weights\n");
    Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwxrwx"));
    stack.startExecutor("local", Map.of("BERTH_EXECUTOR_ALLOW_MOUNTS", "models=" + shared));
  }

  @AfterAll
  static void stop() {
    stack.close();
  }

  @Test
  void seedsAreWritten_keptAsTheSessionHasThem_replaced_orRefusedWithThePathsNamed() {
    createSet("tools", Map.of("bin/tool", "#!/bin/sh\necho tool\n", "conf/a", "seeded\n"));
    var manifest =
        RuntimeManifest.newBuilder()
            .addSeeds(inline("/workspace/notes.md", "from the manifest\n"))
            .addSeeds(Seed.newBuilder().setPath("/workspace/t").setSeedSet("tools").setMode(0755))
            .addProtectedPaths("/workspace/t/conf")
            .build();
    String session = create("seeds", manifest);
    assertThat(actions(session, RestoreEntry.Layer.LAYER_SEEDS))
        .containsExactly(
            "WRITE /workspace/notes.md",
            "WRITE /workspace/t/bin/tool",
            "WRITE /workspace/t/conf/a");

    ok(
        session,
        "t/bin/tool > out && cat notes.md >> out && echo mine > notes.md && echo b > t/conf/a");
    assertThat(read(session, "out")).isEqualTo("tool\nfrom the manifest\n");
    stopAndForget(session);
    assertThat(actions(session, RestoreEntry.Layer.LAYER_SEEDS))
        .containsExactly(
            "KEEP /workspace/notes.md", "KEEP /workspace/t/bin/tool", "KEEP /workspace/t/conf/a");
    ok(session, "true");
    assertThat(read(session, "notes.md")).isEqualTo("mine\n");

    stopAndForget(session);
    update(session, policy(manifest, ConflictPolicy.CONFLICT_POLICY_FAIL));
    assertThat(actions(session, RestoreEntry.Layer.LAYER_SEEDS))
        .containsExactly(
            "REFUSE /workspace/notes.md", "KEEP /workspace/t/bin/tool", "KEEP /workspace/t/conf/a");
    var refused = run(session, "true");
    assertThat(refused.getEnd().getReason()).isEqualTo(EndReason.END_REASON_ACTIVATION_FAILED);
    assertThat(refused.getEnd().getMessage())
        .contains("SEED_CONFLICT")
        .contains("/workspace/notes.md")
        .doesNotContain("/workspace/t");

    update(session, policy(manifest, ConflictPolicy.CONFLICT_POLICY_PREFER_MANIFEST));
    ok(session, "true");
    assertThat(read(session, "notes.md")).isEqualTo("from the manifest\n");
    assertThat(read(session, "t/conf/a")).isEqualTo("b\n");
  }

  @Test
  void seedsOfASnapshot_areACopy_andPartOfTheNextSnapshot() {
    String source = create("source", RuntimeManifest.getDefaultInstance());
    ok(source, "mkdir -p lib/sub && echo one > lib/1 && echo two > lib/sub/2 && chmod 600 lib/1");
    stopAndForget(source);
    var seed =
        Seed.newBuilder()
            .setPath("/workspace/copied")
            .setSnapshot(
                SeedFromSnapshot.newBuilder()
                    .setSnapshotId(session(source).getHeadSnapshotId())
                    .setPath("/workspace/lib"));
    String session = create("copy", RuntimeManifest.newBuilder().addSeeds(seed).build());
    activate(session);
    stopAndForget(session);
    assertThat(session(session).getHeadSnapshotId()).isNotEmpty();
    update(session, RuntimeManifest.getDefaultInstance());
    ok(session, "cat copied/1 copied/sub/2 > out && stat -c %a copied/1 >> out");
    assertThat(read(session, "out")).isEqualTo("one\ntwo\n600\n");
  }

  @Test
  void aRunDoesNotStart_whileARequiredPathIsMissing_andSaysWhich() {
    String session =
        create(
            "required",
            RuntimeManifest.newBuilder()
                .addSeeds(inline("/workspace/there", "x"))
                .addRequiredPaths("/workspace/there")
                .addRequiredPaths("/workspace/absent/file")
                .build());
    assertThat(actions(session, RestoreEntry.Layer.LAYER_FIXUPS))
        .containsExactly("KEEP /workspace/there", "REFUSE /workspace/absent/file");

    var run = run(session, "true");
    assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
    assertThat(run.getEnd().getReason()).isEqualTo(EndReason.END_REASON_ACTIVATION_FAILED);
    assertThat(run.getEnd().getMessage())
        .contains("REQUIRED_PATH_MISSING")
        .contains("/workspace/absent/file")
        .doesNotContain("/workspace/there");
    assertThat(session(session).getStateReason()).isEqualTo("REQUIRED_PATH_MISSING");
    assertThat(
            stack
                .client()
                .executors()
                .listWorkers(ListWorkersRequest.newBuilder().setSessionId(session).build())
                .getWorkersList())
        .singleElement()
        .satisfies(worker -> assertThat(worker.getPhase()).isEqualTo("validate"));
  }

  @Test
  void anAllowedMountIsVisibleReadOnly_andAnUnknownOneIsWaitedFor() {
    var manifest =
        RuntimeManifest.newBuilder()
            .addMounts(Mount.newBuilder().setName("models").setPath("/workspace/in/models"))
            .addRequiredPaths("/workspace/in/models/model.bin")
            .build();
    String session = create("mounts", manifest);
    ok(session, "cat in/models/model.bin > out; touch in/models/x 2>> out; echo $? >> out");
    assertThat(read(session, "out")).startsWith("weights\n").contains("Read-only").endsWith("1\n");
    assertThat(shared.resolve("x")).doesNotExist();

    String other =
        create(
            "unknown-mount",
            RuntimeManifest.newBuilder()
                .addMounts(Mount.newBuilder().setName("secrets").setPath("/workspace/s"))
                .build());
    stack
        .client()
        .sessions()
        .activateSession(ActivateSessionRequest.newBuilder().setSessionId(other).build());
    await("it says why")
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(session(other).getStateMessage()).contains("mounts secrets"));
    assertThat(session(other).getStateReason()).isEqualTo("NO_EXECUTOR");
  }

  @Test
  void cleanUpRemovesWhatRulesName_andSparesWhatIsProtectedOrSeeded() {
    String session = create("clean", RuntimeManifest.getDefaultInstance());
    ok(
        session,
        "mkdir -p a/cache b/cache/deep logs; touch a/cache/1 b/cache/deep/2 logs/x.log a.log");
    stopAndForget(session);
    update(
        session,
        RuntimeManifest.newBuilder()
            .addCleanUp("/workspace/**/cache")
            .addCleanUp("/workspace/**/*.log")
            .addProtectedPaths("/workspace/b/cache/deep")
            .addSeeds(inline("/workspace/a/cache/seed", ""))
            .build());
    assertThat(actions(session, RestoreEntry.Layer.LAYER_FIXUPS))
        .contains(
            "REMOVE /workspace/a.log",
            "REMOVE /workspace/a/cache/1",
            "REMOVE /workspace/logs/x.log",
            "KEEP /workspace/b/cache/deep");
    ok(session, "find . -type f | sort > /tmp/out && mv /tmp/out out");
    assertThat(read(session, "out")).isEqualTo("./a/cache/seed\n./b/cache/deep/2\n");
  }

  @Test
  void agentDataSurvives_aStopARemovalAndARestore() {
    var data = AgentData.newBuilder().setProvider("exec").addDirectories(".config/tool");
    String session = create("agent-data", RuntimeManifest.newBuilder().addAgentData(data).build());
    ok(session, "echo kept > ~/.config/tool/state && touch ~/.config/other ~/scratch");
    stopAndForget(session);
    ok(session, "cat ~/.config/tool/state > out; ls ~ >> out");
    assertThat(read(session, "out")).isEqualTo("kept\n");
  }

  @Test
  void linksThatASessionLeaves_leadNoSeedOutside() throws Exception {
    Path outside = Files.createTempDirectory("berth-manifest-outside-");
    String session = create("hostile", RuntimeManifest.getDefaultInstance());
    ok(session, "ln -s " + outside + " dir && ln -s " + outside + "/f link");
    stopAndForget(session);
    var manifest =
        RuntimeManifest.newBuilder()
            .addSeeds(inline("/workspace/dir/seed", "x"))
            .addSeeds(inline("/workspace/link", "y"))
            .build();
    update(session, manifest);
    ok(session, "readlink dir link > out");
    update(session, policy(manifest, ConflictPolicy.CONFLICT_POLICY_PREFER_MANIFEST));
    stopAndForget(session);
    assertThat(run(session, "true").getEnd().getMessage()).contains("/workspace/dir/seed");
    assertThat(outside).isEmptyDirectory();
    Files.delete(outside);
  }

  @Test
  void anImageOfAnotherRuntimeVersion_isRefusedBeforeAnythingIsTouched() {
    String session =
        create("version", RuntimeManifest.newBuilder().setRuntimeVersion("none such").build());
    assertThat(run(session, "true").getEnd().getMessage()).contains("RUNTIME_VERSION_MISMATCH");
  }

  private String create(String name, RuntimeManifest manifest) {
    return client()
        .createSession(name, SessionSpec.newBuilder().setManifest(manifest).build())
        .getId();
  }

  private void createSet(String name, Map<String, String> files) {
    var request = CreateSeedSetRequest.newBuilder().setName(name);
    files.forEach((path, text) ->
        request.addFiles(
            SeedFile.newBuilder().setPath(path).setContent(ByteString.copyFromUtf8(text))));
    var made =
        SeedSetServiceGrpc.newBlockingStub(client().channel()).createSeedSet(request.build());
    assertThat(made.getSeedSet().getFileCount()).isEqualTo(files.size());
  }

  private static Seed inline(String path, String text) {
    return Seed.newBuilder().setPath(path).setContent(ByteString.copyFromUtf8(text)).build();
  }

  private static RuntimeManifest policy(RuntimeManifest manifest, ConflictPolicy policy) {
    return manifest.toBuilder().setConflictPolicy(policy).build();
  }

  private void update(String session, RuntimeManifest manifest) {
    var request =
        UpdateSessionRequest.newBuilder()
            .setSessionId(session)
            .setSpec(SessionSpec.newBuilder().setManifest(manifest))
            .setUpdateMask(FieldMask.newBuilder().addPaths("spec.manifest"))
            .build();
    assertThat(client().sessions().updateSession(request).hasSession()).isTrue();
  }

  private List<String> actions(String session, RestoreEntry.Layer layer) {
    return client()
        .workspaces()
        .planRestore(PlanRestoreRequest.newBuilder().setSessionId(session).build())
        .getEntriesList()
        .stream()
        .filter(entry -> entry.getLayer() == layer)
        .map(entry -> entry.getAction().name().replace("ACTION_", "") + " " + entry.getPath())
        .toList();
  }

  private Run run(String session, String script) {
    return client().awaitRun(client().createRun(session, "sh", "-c", script).getId(), PATIENCE);
  }

  private void ok(String session, String script) {
    var run = run(session, script);
    assertThat(run.getState()).as(run.toString()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
  }

  private String read(String session, String path) {
    return new Workspace(client(), session).read(path);
  }

  private void activate(String session) {
    var request =
        ActivateSessionRequest.newBuilder()
            .setSessionId(session)
            .setWait(Duration.newBuilder().setSeconds(60))
            .build();
    assertThat(client().sessions().activateSession(request).getSession().getState())
        .isEqualTo(SessionState.SESSION_STATE_ACTIVE);
  }

  /** Saves and stops it, and removes its disk and container. */
  private void stopAndForget(String session) {
    var request =
        StopSessionRequest.newBuilder()
            .setSessionId(session)
            .setRemoveCopy(true)
            .setWait(Duration.newBuilder().setSeconds(60))
            .build();
    assertThat(client().sessions().stopSession(request).getSession().getState())
        .isEqualTo(SessionState.SESSION_STATE_STOPPED);
  }

  private Session session(String id) {
    return client()
        .sessions()
        .getSession(GetSessionRequest.newBuilder().setSessionId(id).build())
        .getSession();
  }

  private Client client() {
    return stack.client();
  }
}
