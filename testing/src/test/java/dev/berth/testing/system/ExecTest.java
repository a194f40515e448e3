package dev.berth.testing.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.ExecState;
import dev.berth.v1.GetSessionRequest;
import dev.berth.v1.ListEventsRequest;
import dev.berth.v1.ListExecsRequest;
import dev.berth.v1.MakeDirectoryRequest;
import dev.berth.v1.MoveFileRequest;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.SessionState;
import dev.berth.v1.StartExecRequest;
import dev.berth.v1.StopSessionRequest;
import dev.berth.v1.TerminalSize;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Execs on real processes. One control plane holds the executor's streams, the API is spoken to
 * another one; {@code ./berth} speaks to the first.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExecTest {
  private static final java.time.Duration PATIENCE = java.time.Duration.ofMinutes(1);

  @AutoClose private final Stack stack = Stack.start();
  private final Client other = stack.addReplica().client();
  private final String session = session("exec", 0);

  private String session(String name, int idleSeconds) {
    var spec = SessionSpec.newBuilder();
    if (idleSeconds > 0) {
      spec.setIdleTimeout(Duration.newBuilder().setSeconds(idleSeconds));
    }
    return other.createSession(name, spec.build()).getId();
  }

  private SessionState state(String id) {
    var request = GetSessionRequest.newBuilder().setSessionId(id).build();
    return other.sessions().getSession(request).getSession().getState();
  }

  @Test
  void aCommand_hasItsStreamsApart_itsInputOnce_andItsExitCode() {
    var exec = ExecPeer.start(other, session, "sh", "-c", "cat; echo oops >&2; exit 7");
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

  @Test
  void aTerminal_hasItsSize_isResized_andTakesCtrlCAsAKey() {
    var exec =
        ExecPeer.start(
            other,
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
            other,
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
    var client = command.start();
    assertThat(client.inputReader().readLine()).isEqualTo("begin");
    client.descendants().forEach(ProcessHandle::destroyForcibly);
    assertThat(client.destroyForcibly().waitFor()).isNotZero();

    var started =
        ExecPeer.stub(other)
            .listExecs(ListExecsRequest.newBuilder().setSessionId(session).setActive(true).build())
            .getExecsList()
            .stream()
            .filter(exec -> exec.getCommand(exec.getCommandCount() - 1).startsWith("echo begin"))
            .toList();
    assertThat(started).hasSize(1);
    new Workspace(other, session).write("go-on", "");
    var end = new ExecPeer(other, started.getFirst().getId()).follow(0);
    assertThat(end.out()).isEqualTo("begin\nend\n");
    assertThat(end.exec().getExitCode()).isZero();
    assertThat(stack.berth("exec", "attach", started.getFirst().getId()).output())
        .isEqualTo("begin\nend\n");
  }

  @Test
  void whileAnExecRuns_theSessionDoesNotIdle_andWhatItWroteIsInTheSnapshot() {
    String idle = session("idle-exec", 1);
    var exec = ExecPeer.start(other, idle, "sh", "-c", "sleep 4; echo kept > file; echo written");
    var end = exec.follow(0);
    assertThat(end.out()).isEqualTo("written\n");
    assertThat(end.exec().getState()).isEqualTo(ExecState.EXEC_STATE_EXITED);
    await("the idle session is stopped")
        .atMost(PATIENCE)
        .until(() -> state(idle) == SessionState.SESSION_STATE_STOPPED);
    assertThat(
            other
                .events()
                .listEvents(ListEventsRequest.newBuilder().setPageSize(1000).build())
                .getEventsList()
                .stream()
                .filter(event -> event.getSessionId().equals(idle))
                .filter(event -> event.getType().equals("session.stopping"))
                .count())
        .isEqualTo(1);

    var remove =
        StopSessionRequest.newBuilder()
            .setSessionId(idle)
            .setRemoveCopy(true)
            .setWait(Duration.newBuilder().setSeconds(60))
            .build();
    assertThat(other.sessions().stopSession(remove).getSession().getUnsavedWork()).isFalse();
    assertThat(new Workspace(other, idle).read("file")).isEqualTo("kept\n");
  }

  @Test
  void anExec_isTrulyLostWithItsAgent_andItsWorker() {
    String own = session("lost-exec", 0);
    var exec = ExecPeer.start(other, own, "sh", "-c", "echo so far; sleep 1000");
    exec.awaitOutput(text -> text.contains("so far"));
    stack.executor("local").kill();
    stack.startExecutor("local");
    await("it is told lost")
        .atMost(PATIENCE)
        .until(() -> exec.get().getState() == ExecState.EXEC_STATE_LOST);
    assertThat(exec.get().getReason()).isEqualTo("EXECUTOR_RESTARTED");
    assertThat(exec.follow(0).out()).isEqualTo("so far\n");

    var next = ExecPeer.start(other, own, "sleep", "1000");
    await("it runs")
        .atMost(PATIENCE)
        .until(() -> next.get().getState() == ExecState.EXEC_STATE_RUNNING);
    var stop =
        StopSessionRequest.newBuilder()
            .setSessionId(own)
            .setWait(Duration.newBuilder().setSeconds(60))
            .build();
    assertThat(other.sessions().stopSession(stop).getSession().getState())
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
    var files = new Workspace(other, session);
    other
        .workspaces()
        .makeDirectory(
            MakeDirectoryRequest.newBuilder().setSessionId(session).setPath("in").build());
    cp(local.resolve("large").toString(), "exec:in");
    other
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

  private void cp(String from, String to) {
    var result = stack.berth("cp", from, to);
    assertThat(result.exit()).as(result.output()).isZero();
  }
}
