package dev.berth.testing.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Shell;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.DeleteFileRequest;
import dev.berth.v1.ExecState;
import dev.berth.v1.Resources;
import dev.berth.v1.RunEvent;
import dev.berth.v1.RunState;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.SessionState;
import dev.berth.v1.StopSessionRequest;
import dev.berth.v1.SyncWorkspaceRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** One control plane holds the executor's streams; clients speak only to another one. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TwoReplicasTest {
  private static final int LINES = 20_000;
  private static final java.time.Duration PATIENCE = java.time.Duration.ofMinutes(2);

  @AutoClose private final Stack stack = Stack.start();
  private final Client other = stack.addReplica().client();

  @Test
  void aWatcherSeesEveryLineOnceAndInOrder_andAnother_whoComesLate_seesTheSame() {
    String session = session("watched");
    String run = other.createRun(session, "sh", "-c", "seq 1 " + LINES + "; echo last >&2").getId();
    Watcher watcher = Watcher.eager(other, run);
    await("the stream ends").atMost(PATIENCE).until(() -> watcher.end().isPresent());

    assertThat(watcher.end().orElseThrow().isOk()).isTrue();
    List<RunEvent> events = watcher.events();
    assertThat(events.stream().map(RunEvent::getSeq))
        .isEqualTo(LongStream.rangeClosed(1, events.size()).boxed().toList());
    assertThat(output(events))
        .isEqualTo(IntStream.rangeClosed(1, LINES).mapToObj(String::valueOf).toList());
    assertThat(events.getFirst().getType()).isEqualTo("run.created");
    assertThat(events.getLast().getType()).isEqualTo("run.finished");
    assertThat(other.awaitRun(run, PATIENCE).getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);

    Watcher late = Watcher.eager(stack.client(), run);
    await("the stream ends").atMost(PATIENCE).until(() -> late.end().isPresent());
    assertThat(late.events()).isEqualTo(events);
  }

  @Test
  void filesAreWrittenListedReadAndDeleted() {
    Workspace files = new Workspace(other, session("files"));
    files.write("a/one.txt", "one\n");
    files.write("a/two.txt", "two\n");
    assertThat(files.list("a")).containsExactly("a/one.txt", "a/two.txt");
    assertThat(files.read("a/two.txt")).isEqualTo("two\n");
    assertThat(files.stat("a/one.txt").getSize()).isEqualTo(4);

    other
        .workspaces()
        .deleteFile(
            DeleteFileRequest.newBuilder()
                .setSessionId(files.sessionId())
                .setPath("a/one.txt")
                .build());
    assertThat(files.list("a")).containsExactly("a/two.txt");
    assertThatThrownBy(() -> files.read("a/one.txt"))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND));
  }

  @Test
  void whatIsPushedComesBackByteForByte_alsoAfterSyncStopAndRemoval(@TempDir Path local)
      throws Exception {
    Path source = Files.createDirectories(local.resolve("source/deep/er"));
    byte[] bytes = new byte[6 << 20];
    new Random(7).nextBytes(bytes);
    Files.write(source.resolve("bytes"), bytes);
    Files.writeString(local.resolve("source/text"), "text\n");
    Path pushed = local.resolve("pushed.tar");
    shell("tar", "-C", local.resolve("source").toString(), "-cf", pushed.toString(), ".");

    Workspace files = new Workspace(other, session("moved"));
    var answer = files.push("in", pushed).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(answer.getFileCount()).isEqualTo(2);
    assertThat(answer.getBytes()).isEqualTo(bytes.length + 5);
    assertThat(pulled(files, local.resolve("first"))).isEqualTo(bytes);

    var sync = SyncWorkspaceRequest.newBuilder().setSessionId(files.sessionId()).build();
    var snapshot = other.workspaces().syncWorkspace(sync).getSnapshot();
    assertThat(snapshot.getLogicalBytes()).isEqualTo(bytes.length + 5);
    var stop =
        StopSessionRequest.newBuilder()
            .setSessionId(files.sessionId())
            .setRemoveCopy(true)
            .setWait(Duration.newBuilder().setSeconds(60))
            .build();
    var stopped = other.sessions().stopSession(stop).getSession();
    assertThat(stopped.getState()).isEqualTo(SessionState.SESSION_STATE_STOPPED);
    assertThat(stopped.getUnsavedWork()).isFalse();
    await("the copy is gone")
        .atMost(PATIENCE)
        .until(() -> !Files.exists(stack.copy("local", files.sessionId())));

    assertThat(pulled(files, local.resolve("second"))).isEqualTo(bytes);
  }

  @Test
  void aCommand_hasItsStreamsApart_itsInputOnce_andItsExitCode() {
    var exec = ExecPeer.start(other, session("exec"), "sh", "-c", "cat; echo oops >&2; exit 7");
    exec.typeTwice("one\n");
    exec.typeTwice("two\n");
    exec.close();
    var end = exec.follow(0);

    assertThat(end.out()).isEqualTo("one\ntwo\n");
    assertThat(end.err()).isEqualTo("oops\n");
    assertThat(end.exec().getState()).isEqualTo(ExecState.EXEC_STATE_EXITED);
    assertThat(end.exec().getExitCode()).isEqualTo(7);
    assertThat(exec.follow(4).out()).as("again, from an offset").isEqualTo("two\n");
  }

  private String session(String name) {
    var resources = Resources.newBuilder().setCpuMillis(250).setMemoryBytes(256 << 20);
    return other
        .createSession(name, SessionSpec.newBuilder().setResources(resources).build())
        .getId();
  }

  private static byte[] pulled(Workspace files, Path directory) throws Exception {
    Files.createDirectories(directory);
    Path tar = directory.resolve("pulled.tar");
    files.pull("in", tar);
    shell("tar", "-C", directory.toString(), "-xf", tar.toString());
    return Files.readAllBytes(directory.resolve("deep/er/bytes"));
  }

  private static List<String> output(List<RunEvent> events) {
    StringBuilder text = new StringBuilder();
    events.stream()
        .filter(event -> event.hasLog() && event.getLog().getStreamValue() == 1)
        .forEach(event -> text.append(event.getLog().getData().toStringUtf8()));
    return text.toString().lines().toList();
  }

  private static void shell(String... command) {
    assertThat(Shell.run(command)).isEqualTo(new Shell.Result(0, ""));
  }
}
