package dev.berth.testing.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.ExecState;
import dev.berth.v1.GetSessionRequest;
import dev.berth.v1.ListEventsRequest;
import dev.berth.v1.ListExecsRequest;
import dev.berth.v1.MakeDirectoryRequest;
import dev.berth.v1.MoveFileRequest;
import dev.berth.v1.ReadSnapshotFileRequest;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.SessionState;
import dev.berth.v1.SnapshotPath;
import dev.berth.v1.StartExecRequest;
import dev.berth.v1.StopSessionRequest;
import dev.berth.v1.TerminalSize;
import dev.berth.v1.WriteFileRequest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Execs on real processes; those over two control planes are in {@link TwoReplicasTest}. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExecTest {
  private static final java.time.Duration PATIENCE = java.time.Duration.ofMinutes(1);

  @AutoClose private final Stack stack = Stack.start();
  private final Client client = stack.client();
  private final String session = session("exec", 0);

  private String session(String name, int idleSeconds) {
    var spec = SessionSpec.newBuilder();
    if (idleSeconds > 0) {
      spec.setIdleTimeout(Duration.newBuilder().setSeconds(idleSeconds));
    }
    return client.createSession(name, spec.build()).getId();
  }

  private SessionState state(String id) {
    var request = GetSessionRequest.newBuilder().setSessionId(id).build();
    return client.sessions().getSession(request).getSession().getState();
  }

  @Test
  void aTerminal_hasItsSize_isResized_andTakesCtrlCAsAKey() {
    var exec =
        ExecPeer.start(
            client,
            StartExecRequest.newBuilder()
                .setSessionId(session)
                .addCommand("sh")
                .setTty(true)
                .setSize(TerminalSize.newBuilder().setRows(33).setColumns(99))
                .build());
    exec.type("stty size\n");
    exec.awaitOutput(text -> text.contains("33 99"));
    exec.resize(40, 120);
    exec.type("stty size; sleep 1000\n");
    exec.awaitOutput(text -> text.contains("40 120"));
    exec.type("\u0003");
    exec.type("exit 9\n");

    assertThat(exec.follow(0).exec().getExitCode()).isEqualTo(9);
  }

  @Test
  void aSignal_reachesTheProgram() {
    var exec =
        ExecPeer.start(
            client,
            session,
            "sh",
            "-c",
            "trap 'echo caught; exit 5' TERM; echo ready; while :; do sleep 0.1; done");
    exec.awaitOutput(text -> text.contains("ready"));
    exec.signal("TERM");
    var end = exec.follow(0);

    assertThat(end.out()).isEqualTo("ready\ncaught\n");
    assertThat(end.exec().getExitCode()).isEqualTo(5);
  }

  @Test
  void aClientThatIsKilled_leavesItRunning_andAnotherReadsAllOfIt() throws Exception {
    var command =
        new ProcessBuilder(
            Path.of("..", "berth").toString(),
            "exec",
            "exec",
            "--",
            "sh",
            "-c",
            "echo begin; while [ ! -e go-on ]; do sleep 0.1; done; echo end");
    command.environment().put("BERTH_HOME", stack.home().toString());
    command.redirectErrorStream(true);
    var killed = command.start();
    assertThat(killed.inputReader().readLine()).isEqualTo("begin");
    killed.descendants().forEach(ProcessHandle::destroyForcibly);
    assertThat(killed.destroyForcibly().waitFor()).isNotZero();

    var started =
        ExecPeer.stub(client)
            .listExecs(ListExecsRequest.newBuilder().setSessionId(session).setActive(true).build())
            .getExecsList()
            .stream()
            .filter(exec -> exec.getCommand(exec.getCommandCount() - 1).startsWith("echo begin"))
            .toList();
    assertThat(started).hasSize(1);
    new Workspace(client, session).write("go-on", "");
    var end = new ExecPeer(client, started.getFirst().getId()).follow(0);
    assertThat(end.out()).isEqualTo("begin\nend\n");
    assertThat(end.exec().getExitCode()).isZero();
  }

  @Test
  void whileAnExecRuns_theSessionDoesNotIdle_andWhatItWroteIsInTheSnapshot() {
    String idle = session("idle-exec", 1);
    var exec = ExecPeer.start(client, idle, "sh", "-c", "sleep 4; echo kept > file; echo written");
    var end = exec.follow(0);
    assertThat(end.out()).isEqualTo("written\n");
    assertThat(end.exec().getState()).isEqualTo(ExecState.EXEC_STATE_EXITED);
    await("the idle session is stopped")
        .atMost(PATIENCE)
        .until(() -> state(idle) == SessionState.SESSION_STATE_STOPPED);
    assertThat(
            client
                .events()
                .listEvents(ListEventsRequest.newBuilder().setPageSize(1000).build())
                .getEventsList()
                .stream()
                .filter(event -> event.getSessionId().equals(idle))
                .filter(event -> event.getType().equals("session.stopping"))
                .count())
        .isEqualTo(1);

    assertThat(saved(idle, "file")).isEqualTo("kept\n");
  }

  private String saved(String session, String path) {
    var get = GetSessionRequest.newBuilder().setSessionId(session).build();
    var read =
        ReadSnapshotFileRequest.newBuilder()
            .setSnapshotId(client.sessions().getSession(get).getSession().getHeadSnapshotId())
            .setAt(SnapshotPath.newBuilder().setPath(path))
            .build();
    var bytes = new ByteArrayOutputStream();
    client
        .snapshots()
        .readSnapshotFile(read)
        .forEachRemaining(part -> bytes.writeBytes(part.getData().toByteArray()));
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void anExec_isTrulyLostWithItsAgent_andItsWorker() {
    String own = session("lost-exec", 0);
    var exec = ExecPeer.start(client, own, "sh", "-c", "echo so far; sleep 1000");
    exec.awaitOutput(text -> text.contains("so far"));
    stack.executor("local").kill();
    stack.startExecutor("local");
    await("it is told lost")
        .atMost(PATIENCE)
        .until(() -> exec.get().getState() == ExecState.EXEC_STATE_LOST);
    assertThat(exec.get().getReason()).isEqualTo("EXECUTOR_RESTARTED");
    assertThat(exec.follow(0).out()).isEqualTo("so far\n");

    var next = ExecPeer.start(client, own, "sleep", "1000");
    await("it runs")
        .atMost(PATIENCE)
        .until(() -> next.get().getState() == ExecState.EXEC_STATE_RUNNING);
    var stop =
        StopSessionRequest.newBuilder()
            .setSessionId(own)
            .setWait(Duration.newBuilder().setSeconds(60))
            .build();
    assertThat(client.sessions().stopSession(stop).getSession().getState())
        .isEqualTo(SessionState.SESSION_STATE_STOPPED);
    await("it is told lost")
        .atMost(PATIENCE)
        .until(() -> next.get().getState() == ExecState.EXEC_STATE_LOST);
    assertThat(next.get().getReason()).isEqualTo("WORKER_STOPPED");
  }

  @Test
  void files_goWithCp_andAreMovedInTheWorkspace(@TempDir Path local) throws Exception {
    byte[] bytes = new byte[5 << 20];
    new Random(3).nextBytes(bytes);
    Files.write(local.resolve("large"), bytes);
    var files = new Workspace(client, session);
    client
        .workspaces()
        .makeDirectory(
            MakeDirectoryRequest.newBuilder().setSessionId(session).setPath("in").build());
    cp(local.resolve("large").toString(), "exec:in");
    client
        .workspaces()
        .moveFile(
            MoveFileRequest.newBuilder()
                .setSessionId(session)
                .setFrom("in/large")
                .setTo("moved/here")
                .build());
    assertThat(files.list("in")).isEmpty();
    cp("exec:moved/here", local.resolve("back").toString());
    assertThat(local.resolve("back")).hasBinaryContent(bytes);
    cp("exec:moved", local.resolve("tree").toString());
    assertThat(local.resolve("tree/here")).hasBinaryContent(bytes);
  }

  @Test
  void whatIsWrittenIntoAFile_leavesTheRestOfIt() {
    var files = new Workspace(client, session);
    files.write("log", "one\n");
    var into = WriteFileRequest.newBuilder().setSessionId(session).setPath("log");
    var appended =
        into.setPlacement(WriteFileRequest.Placement.PLACEMENT_APPEND)
            .setData(ByteString.copyFromUtf8("two\n"))
            .build();
    assertThat(client.workspaces().writeFile(appended).getFile().getSize()).isEqualTo(8);
    var replaced =
        into.setPlacement(WriteFileRequest.Placement.PLACEMENT_OFFSET)
            .setOffset(1)
            .setData(ByteString.copyFromUtf8("NE"))
            .build();
    assertThat(client.workspaces().writeFile(replaced).getFile().getSize()).isEqualTo(8);
    assertThat(files.read("log")).isEqualTo("oNE\ntwo\n");
  }

  private void cp(String from, String to) {
    var result = stack.berth("cp", from, to);
    assertThat(result.exit()).as(result.output()).isZero();
  }
}
