package dev.berth.testing.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Shell;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.Artifact;
import dev.berth.v1.ArtifactServiceGrpc;
import dev.berth.v1.ArtifactServiceGrpc.ArtifactServiceBlockingStub;
import dev.berth.v1.CreateArtifactRequest;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.DownloadArtifactRequest;
import dev.berth.v1.ListArtifactsRequest;
import dev.berth.v1.ListRunEventsRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunEvent;
import dev.berth.v1.RunSpec;
import dev.berth.v1.RunState;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.SyncWorkspaceRequest;
import dev.berth.v1.WatchRunRequest;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Files that runs leave behind, on real processes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ArtifactTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @AutoClose private final Stack stack = Stack.start();
  private final Client client = stack.client();
  private final ArtifactServiceBlockingStub api =
      ArtifactServiceGrpc.newBlockingStub(client.channel());

  private Shell.Result berth(int exit, String... arguments) {
    Shell.Result result = stack.berth(arguments);
    assertThat(result.exit()).as(result.output()).isEqualTo(exit);
    return result;
  }

  private List<Artifact> list(ListArtifactsRequest.Builder filter) {
    return api.listArtifacts(filter.setPageSize(1000).build()).getArtifactsList();
  }

  private List<Artifact> artifacts(Run run) {
    return list(ListArtifactsRequest.newBuilder().setRunId(run.getId()));
  }

  private static String id(String table, String row) {
    return table.lines().filter(line -> line.contains(row)).findFirst().orElseThrow().split(" ")[0];
  }

  @Test
  void filesThatARunNames_areKept_read_andDeleted_onTheCommandLine(@TempDir Path here) {
    String session = client.createSession("art", SessionSpec.getDefaultInstance()).getId();
    String output =
        berth(
                4,
                "run",
                "-s",
                "art",
                "--artifact",
                "dist/*.tgz",
                "--artifact",
                "/workspace/logs",
                "--artifact",
                "report.xml",
                "--",
                "sh",
                "-c",
                "mkdir -p dist logs/deep; printf packed > dist/a.tgz; echo no > dist/b;"
                    + " echo line > logs/deep/1.log; ln -s /etc/passwd logs/passwd; exit 4")
            .output();
    assertThat(output)
        .contains("Kept dist/a.tgz as art_", "Kept logs/deep/1.log as art_")
        .contains("Not kept: logs/passwd: is a link")
        .contains("Not kept: /workspace/report.xml: nothing is there")
        .doesNotContain("dist/b");
    String listed = berth(0, "artifact", "list", "-s", "art").output();
    assertThat(listed.lines()).hasSize(3);

    String snapshot =
        client
            .workspaces()
            .syncWorkspace(SyncWorkspaceRequest.newBuilder().setSessionId(session).build())
            .getSnapshot()
            .getId();
    String saved =
        berth(0, "artifact", "create", "art", "dist/b", "--snapshot", snapshot, "--retention", "7d")
            .output();
    assertThat(saved).contains("dist/b", "expires");
    var wish = CreateArtifactRequest.newBuilder().setSessionId(session).setPath("dist/b").build();
    Artifact live = api.createArtifact(wish).getArtifact();
    assertThat(saved).contains(live.getSha256());

    stack.executor("local").kill();
    Path file = here.resolve("a.tgz");
    berth(0, "artifact", "download", id(listed, "a.tgz"), file.toString());
    assertThat(file).hasContent("packed");
    berth(0, "artifact", "delete", live.getId());
    assertThat(list(ListArtifactsRequest.newBuilder().setSessionId(session)))
        .hasSize(3)
        .doesNotContain(live);
    stack.startExecutor("local");
  }

  @Test
  void anAgentThatIsKilledBetweenUploads_losesNothing_andKeepsNothingTwice() throws Exception {
    String session = client.createSession("killed", SessionSpec.getDefaultInstance()).getId();
    var spec =
        RunSpec.newBuilder()
            .addAllCommand(
                List.of(
                    "sh",
                    "-c",
                    "mkdir out; for i in $(seq 60); do head -c 500000 /dev/urandom > out/$i; done;"
                        + " sha256sum out/*"))
            .addArtifacts("out");
    Run run =
        client
            .runs()
            .createRun(CreateRunRequest.newBuilder().setSessionId(session).setSpec(spec).build())
            .getRun();
    var watch = client.runs().watchRun(WatchRunRequest.newBuilder().setRunId(run.getId()).build());
    boolean killed = false;
    while (watch.hasNext()) {
      boolean begun = watch.next().getEventsList().stream().anyMatch(RunEvent::hasArtifactCreated);
      if (begun && !killed) {
        killed = true;
        stack.executor("local").kill();
        stack.startExecutor("local");
      }
    }
    Run over = client.awaitRun(run.getId(), PATIENCE);
    assertThat(killed).isTrue();
    assertThat(over.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);

    var request = ListRunEventsRequest.newBuilder().setRunId(run.getId()).setPageSize(1000);
    List<RunEvent> events = client.runs().listRunEvents(request.build()).getEventsList();
    assertThat(events)
        .extracting(RunEvent::getSeq)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, over.getLastSeq()).boxed().toList());
    List<Artifact> kept = artifacts(run);
    assertThat(kept).extracting(Artifact::getPath).hasSize(60).doesNotHaveDuplicates();
    assertThat(events.stream().filter(RunEvent::hasArtifactCreated))
        .extracting(event -> event.getArtifactCreated().getArtifactId())
        .containsExactlyInAnyOrderElementsOf(kept.stream().map(Artifact::getId).toList());
    StringBuilder printed = new StringBuilder();
    events.forEach(event -> printed.append(event.getLog().getData().toStringUtf8()));
    for (Artifact artifact : kept) {
      assertThat(printed.toString()).contains(artifact.getSha256() + "  " + artifact.getPath());
    }
    assertThat(sha256(kept.getFirst())).isEqualTo(kept.getFirst().getSha256());
  }

  private String sha256(Artifact artifact) throws Exception {
    var digest = MessageDigest.getInstance("SHA-256");
    api.downloadArtifact(
            DownloadArtifactRequest.newBuilder().setArtifactId(artifact.getId()).build())
        .forEachRemaining(part -> digest.update(part.getData().toByteArray()));
    return HexFormat.of().formatHex(digest.digest());
  }

  @Test
  void whatARunLeavesBehind_outlivesTheSessionThatWasMadeForIt() throws Exception {
    Run run =
        client
            .runs()
            .createRun(
                CreateRunRequest.newBuilder()
                    .setSessionSpec(SessionSpec.getDefaultInstance())
                    .setSpec(
                        RunSpec.newBuilder()
                            .addAllCommand(List.of("sh", "-c", "echo made > result"))
                            .addArtifacts("result"))
                    .build())
            .getRun();
    client.awaitRun(run.getId(), PATIENCE);
    assertThat(sha256(artifacts(run).getFirst()))
        .isEqualTo("9ccbd3f1b19a1cdfd8d7c6ae48e9e822e2345f5be1a6187b19e41486c6941004");
  }
}
