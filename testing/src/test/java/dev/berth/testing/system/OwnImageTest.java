package dev.berth.testing.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Shell;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.CancelRunRequest;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.GetSessionRequest;
import dev.berth.v1.GetWorkerRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunSpec;
import dev.berth.v1.RunState;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.StopSessionRequest;
import dev.berth.v1.Worker;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * All a session does, in an image of which Berth knows nothing: one static BusyBox that {@code
 * ./dev test} makes. No bash, no C library, no git, no user of any name.
 */
class OwnImageTest {
  private static final String IMAGE = "berth/busybox:latest";
  private static final java.time.Duration PATIENCE = java.time.Duration.ofMinutes(1);

  @AutoClose private final Stack stack = Stack.start();
  private final Client client = stack.client();
  private final String session =
      client.createSession("own", SessionSpec.newBuilder().setImage(IMAGE).build()).getId();
  private final Workspace workspace = new Workspace(client, session);

  @Test
  void anImageWithABareShellIsEnough_forRuns_input_execs_cancel_andTheWorkspace() throws Exception {
    String facts = "! command -v bash && ! [ -e /lib ] && ! [ -e /etc/passwd ] && id -u >facts";
    assertThat(end(run("sh", "-c", facts + "; exit $?")).getState())
        .isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    assertThat(workspace.read("facts")).isEqualTo("10001\n");
    assertThat(end(run("sh", "-c", "exit 7")).getEnd().getExitCode()).isEqualTo(7);

    assertThat(end(run(spec("sh", "-c", "cat >given").setInput(text("what it reads")))).getState())
        .isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    Shell.Result shown = stack.berth("run", "-s", "own", "--", "cat", "given");
    assertThat(shown.output()).contains("what it reads");
    assertThat(shown.exit()).isZero();

    ExecPeer exec = ExecPeer.start(client, session, "sh");
    exec.type("echo typed; exit 5\n");
    ExecPeer.End ended = exec.follow(0);
    assertThat(ended.out()).isEqualTo("typed\n");
    assertThat(ended.exec().getExitCode()).isEqualTo(5);

    Run endless = run("sh", "-c", "touch begun; sleep 1000 & sleep 1000");
    await().atMost(PATIENCE).until(() -> workspace.list("").contains("begun"));
    client.runs().cancelRun(CancelRunRequest.newBuilder().setRunId(endless.getId()).build());
    assertThat(end(endless).getState()).isEqualTo(RunState.RUN_STATE_CANCELED);

    assertThat(worker().getImageDigest()).isEqualTo(imageId());
    stopAndForget();
    assertThat(end(run("sh", "-c", "grep -q reads given && ! [ -e /bin/bash ]")).getState())
        .isEqualTo(RunState.RUN_STATE_SUCCEEDED);
  }

  private static ByteString text(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private static RunSpec.Builder spec(String... command) {
    return RunSpec.newBuilder().addAllCommand(List.of(command));
  }

  private Run run(String... command) {
    return client.createRun(session, command);
  }

  private Run run(RunSpec.Builder spec) {
    return client
        .runs()
        .createRun(CreateRunRequest.newBuilder().setSessionId(session).setSpec(spec).build())
        .getRun();
  }

  private Run end(Run run) {
    return client.awaitRun(run.getId(), PATIENCE);
  }

  private Worker worker() {
    String id =
        client
            .sessions()
            .getSession(GetSessionRequest.newBuilder().setSessionId(session).build())
            .getSession()
            .getWorkerId();
    return client
        .executors()
        .getWorker(GetWorkerRequest.newBuilder().setWorkerId(id).build())
        .getWorker();
  }

  private static String imageId() throws Exception {
    return Shell.run("docker", "image", "inspect", "--format", "{{.Id}}", IMAGE).output().strip();
  }

  /** Saves and stops it, and removes its disk and container. */
  private void stopAndForget() {
    var request =
        StopSessionRequest.newBuilder()
            .setSessionId(session)
            .setRemoveCopy(true)
            .setWait(Duration.newBuilder().setSeconds(60))
            .build();
    assertThat(client.sessions().stopSession(request).hasSession()).isTrue();
  }
}
