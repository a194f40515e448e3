package dev.berth.testing.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Shell;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.Event;
import dev.berth.v1.EventFilter;
import dev.berth.v1.ExportCopyRequest;
import dev.berth.v1.GetSessionRequest;
import dev.berth.v1.GetWorkerRequest;
import dev.berth.v1.ListEventsRequest;
import dev.berth.v1.ListSnapshotsRequest;
import dev.berth.v1.PullRequest;
import dev.berth.v1.ReadFileRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunState;
import dev.berth.v1.Session;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.SessionState;
import dev.berth.v1.Snapshot;
import dev.berth.v1.StopSessionRequest;
import dev.berth.v1.SyncWorkspaceRequest;
import dev.berth.v1.VerifySnapshotRequest;
import dev.berth.v1.Worker;
import dev.berth.v1.WriteFileRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** One session of a stack, with what the tests of faults do to it and ask of it. */
final class TestSession {
  static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Stack stack;
  private final String id;

  private TestSession(Stack stack, String id) {
    this.stack = stack;
    this.id = id;
  }

  static TestSession create(Stack stack, String name) {
    return create(stack, name, SessionSpec.getDefaultInstance());
  }

  static TestSession create(Stack stack, String name, SessionSpec spec) {
    return new TestSession(stack, stack.client().createSession(name, spec).getId());
  }

  Session get() {
    var request = GetSessionRequest.newBuilder().setSessionId(id).build();
    return client().sessions().getSession(request).getSession();
  }

  /** The worker it has; with its container. */
  Worker worker() {
    var request = GetWorkerRequest.newBuilder().setWorkerId(get().getWorkerId()).build();
    return client().executors().getWorker(request).getWorker();
  }

  Run start(String script) {
    return client().createRun(id, "sh", "-c", script);
  }

  /** Runs a script to its end, which must be good, and answers what it printed. */
  String run(String script) {
    Run run = client().awaitRun(start(script).getId(), PATIENCE);
    assertThat(run.getState()).as("%s%n%s", run, history()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    try (var watcher = RunWatcher.start(client(), run.getId())) {
      await("the output of " + run.getId()).atMost(PATIENCE).until(watcher::ended);
      return watcher.output();
    }
  }

  void write(String path, ByteString data) {
    var request =
        WriteFileRequest.newBuilder().setSessionId(id).setPath(path).setData(data).build();
    client().workspaces().writeFile(request);
  }

  ByteString read(String path) {
    var request = ReadFileRequest.newBuilder().setSessionId(id).setPath(path).build();
    var data = new ByteArrayOutputStream();
    client()
        .workspaces()
        .readFile(request)
        .forEachRemaining(part -> data.writeBytes(part.getData().toByteArray()));
    return ByteString.copyFrom(data.toByteArray());
  }

  Snapshot sync() {
    var request = SyncWorkspaceRequest.newBuilder().setSessionId(id).build();
    return client().workspaces().syncWorkspace(request).getSnapshot();
  }

  /** Wishes it stopped and does not wait. */
  void stop(boolean removeCopy) {
    client()
        .sessions()
        .stopSession(
            StopSessionRequest.newBuilder().setSessionId(id).setRemoveCopy(removeCopy).build());
  }

  /** Stops it without a save, and does not wait. */
  void stopByForce() {
    client()
        .sessions()
        .stopSession(StopSessionRequest.newBuilder().setSessionId(id).setForce(true).build());
  }

  /** A tar of all its files: names, contents, modes, times to the second. */
  ByteString files() {
    var tar = new ByteArrayOutputStream();
    client()
        .workspaces()
        .pull(PullRequest.newBuilder().setSessionId(id).build())
        .forEachRemaining(part -> tar.writeBytes(part.getData().toByteArray()));
    return ByteString.copyFrom(tar.toByteArray());
  }

  /** All its snapshots are read from the bucket, every object of them, and are whole. */
  void verifySnapshots() {
    var request = ListSnapshotsRequest.newBuilder().setSessionId(id).setPageSize(100).build();
    for (Snapshot snapshot : client().snapshots().listSnapshots(request).getSnapshotsList()) {
      client()
          .snapshots()
          .verifySnapshot(
              VerifySnapshotRequest.newBuilder().setSnapshotId(snapshot.getId()).build())
          .forEachRemaining(answer -> assertThat(answer.hasFinding()).as("%s", answer).isFalse());
    }
  }

  /** The files of its tar, by path, as text. */
  Map<String, String> export() throws IOException {
    var tar = new ByteArrayOutputStream();
    client()
        .workspaces()
        .exportCopy(ExportCopyRequest.newBuilder().setSessionId(id).build())
        .forEachRemaining(part -> tar.writeBytes(part.getData().toByteArray()));
    Map<String, String> files = new TreeMap<>();
    try (var entries = new TarArchiveInputStream(new ByteArrayInputStream(tar.toByteArray()))) {
      for (var entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
        if (entry.isFile()) {
          files.put(entry.getName(), new String(entries.readAllBytes(), StandardCharsets.UTF_8));
        }
      }
    }
    return files;
  }

  /** Wishes it stopped and waits until it is. */
  void stopAndWait() {
    stop(false);
    awaitState(SessionState.SESSION_STATE_STOPPED);
  }

  void awaitState(SessionState state) {
    await(state.name()).atMost(PATIENCE).until(() -> get().getState() == state);
  }

  List<Snapshot> snapshots(Snapshot.Kind kind) {
    var request = ListSnapshotsRequest.newBuilder().setSessionId(id).setPageSize(100).build();
    return client().snapshots().listSnapshots(request).getSnapshotsList().stream()
        .filter(snapshot -> snapshot.getKind() == kind)
        .toList();
  }

  /** The types of all that happened to it, oldest first. */
  List<String> history() {
    return events().stream().map(Event::getType).toList();
  }

  /** All of that type that happened to it, oldest first. */
  List<Event> facts(String type) {
    return events().stream().filter(event -> event.getType().equals(type)).toList();
  }

  /** {@link #history} as another control plane tells it. */
  List<String> historyBy(Client other) {
    return events(other).stream().map(Event::getType).toList();
  }

  private List<Event> events() {
    return events(client());
  }

  private List<Event> events(Client by) {
    var filter = EventFilter.newBuilder().setSessionId(id);
    var request = ListEventsRequest.newBuilder().setFilter(filter).setPageSize(1000).build();
    return by.events().listEvents(request).getEventsList();
  }

  /** Waits until its history holds that fact. */
  void awaitFact(String type) {
    await(type)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .untilAsserted(() -> assertThat(history()).contains(type));
  }

  Path copy(String executor) {
    return stack.copy(executor, id);
  }

  /** Its container and disk are gone, and nobody asked Berth. */
  void destroyBehindBerthsBack(String executor) {
    String container = worker().getContainerRef();
    removeDisk(executor);
    removeContainer(container);
  }

  /** The agent stands still meanwhile: it may be about to bring back what is being removed. */
  void removeDisk(String executor) {
    Path copy = copy(executor);
    stack.executor(executor).signal("STOP");
    try {
      await("the removal of " + copy).atMost(PATIENCE).until(() -> isRemoved(copy));
    } finally {
      stack.executor(executor).signal("CONT");
    }
  }

  private static boolean isRemoved(Path copy) {
    Shell.run("umount", "-l", copy.resolve("fs").toString());
    return Shell.run("rm", "-rf", "--one-file-system", copy.toString()).exit() == 0;
  }

  /** All that it wrote is gone; what the agent noted about it is not. */
  void removeFiles(String executor) {
    Path files = copy(executor).resolve("fs/workspace");
    assertThat(Shell.run("rm", "-rf", files.toString()).exit()).isZero();
  }

  static void removeContainer(String container) {
    Shell.run("docker", "rm", "-f", container);
    assertThat(Shell.run("docker", "inspect", container).exit()).isNotZero();
  }

  private Client client() {
    return stack.client();
  }
}
