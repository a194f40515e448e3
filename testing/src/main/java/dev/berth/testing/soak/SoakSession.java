package dev.berth.testing.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.ActivateSessionRequest;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.CreateSessionRequest;
import dev.berth.v1.EndReason;
import dev.berth.v1.ListRunEventsRequest;
import dev.berth.v1.ListSnapshotsRequest;
import dev.berth.v1.PullRequest;
import dev.berth.v1.ReadFileRequest;
import dev.berth.v1.RollBackSessionRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunEvent;
import dev.berth.v1.RunSpec;
import dev.berth.v1.RunState;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.SessionState;
import dev.berth.v1.Snapshot;
import dev.berth.v1.StopSessionRequest;
import dev.berth.v1.SyncWorkspaceRequest;
import dev.berth.v1.VerifySnapshotRequest;
import dev.berth.v1.WriteFileRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** One session and what must be in its workspace: a line for each run that wrote one, and files. */
final class SoakSession {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String KEPT = "kept";
  private static final int FILES = 20;
  private static final int REMEMBERED = 4;
  private static final com.google.protobuf.Duration WAIT =
      com.google.protobuf.Duration.newBuilder().setSeconds(20).build();
  private static final Set<Status.Code> PASSING =
      Set.of(Status.Code.UNAVAILABLE, Status.Code.ABORTED, Status.Code.DEADLINE_EXCEEDED);

  /**
   * Ends that leave open whether the program began: its agent was killed while it started, or, on a
   * machine with much else to do, was not back before its lease was over.
   */
  private static final Set<EndReason> IN_DOUBT =
      Set.of(EndReason.END_REASON_START_UNKNOWN, EndReason.END_REASON_EXECUTOR_LOST);

  private final Client client;
  private final String name;
  private final String id;
  private final List<String> written = new ArrayList<>();
  private final Map<String, String> files = new TreeMap<>();
  private final List<Saved> saved = new ArrayList<>();
  private int runs;
  private int writes;

  /** What a snapshot must hold. */
  private record Saved(String snapshot, List<String> written, Map<String, String> files) {}

  private SoakSession(Client client, String name, String id) {
    this.client = client;
    this.name = name;
    this.id = id;
  }

  static SoakSession create(Stack stack, String name) {
    var request =
        CreateSessionRequest.newBuilder()
            .setName(name)
            .setSpec(SessionSpec.newBuilder().setKeepSnapshots(100))
            .build();
    Client client = stack.connect();
    String id = client.sessions().createSession(request).getSession().getId();
    return new SoakSession(client, name, id);
  }

  /**
   * A run that writes a line, prints so many lines and exits so; something else happens meanwhile.
   */
  String runs(int lines, int exit, Supplier<String> meanwhile) {
    String line = name + "-" + ++runs;
    String script =
        "echo %s >> kept; i=0; while [ $i -lt %d ]; do i=$((i+1)); echo line $i; done; exit %d"
            .formatted(line, lines, exit);
    var request =
        CreateRunRequest.newBuilder()
            .setSessionId(id)
            .setRequestId(line)
            .setSpec(
                RunSpec.newBuilder()
                    .setProvider("exec")
                    .addCommand("sh")
                    .addCommand("-c")
                    .addCommand(script))
            .build();
    String runId = patiently(() -> client.runs().createRun(request).getRun().getId());
    String happened = meanwhile.get();
    await("run " + runId + " ends").atMost(PATIENCE).until(() -> patiently(() -> ended(runId)));
    Run run = patiently(() -> client.awaitRun(runId, Duration.ofSeconds(1)));
    checkEvents(run, lines);
    if (IN_DOUBT.contains(run.getEnd().getReason())) {
      return rereadAfterDoubt(line, run.getEnd().getReason()) + happened;
    }
    assertThat(run.getState())
        .as("%s", run)
        .isEqualTo(exit == 0 ? RunState.RUN_STATE_SUCCEEDED : RunState.RUN_STATE_FAILED);
    assertThat(run.getEnd().getExitCode()).isEqualTo(exit);
    written.add(line);
    return "run of " + lines + " lines, exit " + exit + happened;
  }

  String stops(boolean removeCopy) {
    var request =
        StopSessionRequest.newBuilder()
            .setSessionId(id)
            .setRemoveCopy(removeCopy)
            .setWait(WAIT)
            .build();
    await(name + " stops")
        .atMost(PATIENCE)
        .until(() ->
            patiently(() -> client.sessions().stopSession(request).getSession().getState())
                == SessionState.SESSION_STATE_STOPPED);
    return removeCopy ? "stopped and removed" : "stopped";
  }

  String syncs() {
    var activate = ActivateSessionRequest.newBuilder().setSessionId(id).setWait(WAIT).build();
    await(name + " is active")
        .atMost(PATIENCE)
        .until(() ->
            patiently(() -> client.sessions().activateSession(activate).getSession().getState())
                == SessionState.SESSION_STATE_ACTIVE);
    var sync = SyncWorkspaceRequest.newBuilder().setSessionId(id).build();
    String snapshot =
        patiently(() -> client.workspaces().syncWorkspace(sync).getSnapshot().getId());
    if (saved.size() == REMEMBERED) {
      saved.removeFirst();
    }
    saved.add(new Saved(snapshot, List.copyOf(written), Map.copyOf(files)));
    return "synced as " + snapshot;
  }

  /** A file gets other content, whole or not at all. */
  String writes(Random random) {
    String path = "file-" + random.nextInt(FILES);
    String content = (name + " " + ++writes + "\n").repeat(random.nextInt(1, 2000));
    var request =
        WriteFileRequest.newBuilder()
            .setSessionId(id)
            .setPath(path)
            .setData(ByteString.copyFromUtf8(content))
            .build();
    patiently(() -> client.workspaces().writeFile(request));
    files.put(path, content);
    return "wrote " + path;
  }

  String reads(Random random) {
    String path = "file-" + random.nextInt(FILES);
    assertThat(read(path))
        .as("%s of %s, %s", path, name, id)
        .isEqualTo(files.getOrDefault(path, ""));
    return "read " + path;
  }

  /** Back to one of the newest that was asked for. */
  String rollsBack(Random random) {
    if (saved.isEmpty()) {
      return "nothing to roll back to";
    }
    Saved to = saved.get(random.nextInt(saved.size()));
    var request =
        RollBackSessionRequest.newBuilder()
            .setSessionId(id)
            .setSnapshotId(to.snapshot())
            .setRequestId(name + "-back-" + ++writes)
            .build();
    patiently(() -> client.sessions().rollBackSession(request));
    written.clear();
    written.addAll(to.written());
    files.clear();
    files.putAll(to.files());
    return "rolled back to " + to.snapshot();
  }

  /** Reads everything, from wherever it is by now: that is there, and nothing else. */
  String comesBackWhole() {
    Map<String, String> expected = new TreeMap<>(files);
    if (!written.isEmpty()) {
      expected.put(KEPT, String.join("\n", written) + "\n");
    }
    assertThat(patiently(this::pulled)).as("%s, %s", name, id).isEqualTo(expected);
    return written.size() + " lines and " + files.size() + " files kept";
  }

  private Map<String, String> pulled() throws IOException {
    var tar = new ByteArrayOutputStream();
    client
        .workspaces()
        .pull(PullRequest.newBuilder().setSessionId(id).build())
        .forEachRemaining(part -> tar.writeBytes(part.getData().toByteArray()));
    Map<String, String> found = new TreeMap<>();
    try (var entries = new TarArchiveInputStream(new ByteArrayInputStream(tar.toByteArray()))) {
      for (var entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
        if (entry.isFile()) {
          found.put(entry.getName(), new String(entries.readAllBytes(), StandardCharsets.UTF_8));
        }
      }
    }
    return found;
  }

  /** Reads its newest snapshots from the bucket alone. */
  void snapshotsAreWhole() {
    var request = ListSnapshotsRequest.newBuilder().setSessionId(id).setPageSize(100).build();
    for (Snapshot snapshot :
        patiently(() -> client.snapshots().listSnapshots(request).getSnapshotsList())) {
      var verify = VerifySnapshotRequest.newBuilder().setSnapshotId(snapshot.getId()).build();
      client
          .snapshots()
          .verifySnapshot(verify)
          .forEachRemaining(answer -> assertThat(answer.hasFinding()).as("%s", answer).isFalse());
    }
  }

  /** The run may have begun, or not: what is there is the truth, and only that. */
  private String rereadAfterDoubt(String line, EndReason reason) {
    List<String> kept = kept();
    if (kept.contains(line)) {
      written.add(line);
    }
    assertThat(kept).containsExactlyElementsOf(written);
    return "run ended " + reason;
  }

  private boolean ended(String runId) {
    return client.awaitRun(runId, Duration.ofSeconds(10)).hasEnd();
  }

  /** Empty where no run has written yet. */
  private List<String> kept() {
    return read(KEPT).lines().toList();
  }

  /** Empty where there is none. */
  private String read(String path) {
    var request = ReadFileRequest.newBuilder().setSessionId(id).setPath(path).build();
    return patiently(() -> {
      var bytes = new ByteArrayOutputStream();
      try {
        client
            .workspaces()
            .readFile(request)
            .forEachRemaining(part -> bytes.writeBytes(part.getData().toByteArray()));
      } catch (StatusRuntimeException e) {
        if (e.getStatus().getCode() != Status.Code.NOT_FOUND) {
          throw e;
        }
      }
      return bytes.toString(StandardCharsets.UTF_8);
    });
  }

  private void checkEvents(Run run, int lines) {
    List<RunEvent> events = new ArrayList<>();
    List<RunEvent> page;
    do {
      var request =
          ListRunEventsRequest.newBuilder()
              .setRunId(run.getId())
              .setAfterSeq(events.size())
              .setPageSize(1000)
              .build();
      page = patiently(() -> client.runs().listRunEvents(request).getEventsList());
      events.addAll(page);
    } while (!page.isEmpty());
    var output = new StringBuilder();
    for (int i = 0; i < events.size(); i++) {
      assertThat(events.get(i).getSeq()).as("%s", run.getId()).isEqualTo(i + 1);
      output.append(events.get(i).getLog().getData().toStringUtf8());
    }
    assertThat(events.getLast().getType()).isEqualTo("run.finished");
    if (run.getState() == RunState.RUN_STATE_SUCCEEDED) {
      assertThat(output.toString().lines().filter(line -> line.startsWith("line "))).hasSize(lines);
    }
  }

  /** Again while the answer is that Berth is away, as every client must. */
  private <T> T patiently(Callable<T> call) {
    return await(name)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(250))
        .pollDelay(Duration.ZERO)
        .ignoreExceptionsMatching(
            e -> e instanceof StatusRuntimeException s && PASSING.contains(s.getStatus().getCode()))
        .until(call, any -> true);
  }

  @Override
  public String toString() {
    return name;
  }
}
