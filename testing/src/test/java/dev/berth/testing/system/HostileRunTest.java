package dev.berth.testing.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Shell;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.DeleteFileRequest;
import dev.berth.v1.EndReason;
import dev.berth.v1.FileInfo;
import dev.berth.v1.GetRunRequest;
import dev.berth.v1.ListRunEventsRequest;
import dev.berth.v1.Log;
import dev.berth.v1.Resources;
import dev.berth.v1.Run;
import dev.berth.v1.RunEvent;
import dev.berth.v1.RunSpec;
import dev.berth.v1.RunState;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.SessionState;
import dev.berth.v1.StopSessionRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Runs that mean harm, in one session, beside a session that works all the while. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileRunTest {
  private static final java.time.Duration PATIENCE = java.time.Duration.ofMinutes(2);
  private static final Set<Status.Code> REFUSED =
      Set.of(Status.Code.FAILED_PRECONDITION, Status.Code.INVALID_ARGUMENT, Status.Code.NOT_FOUND);

  @AutoClose private final Stack stack = Stack.start();
  private Run calm = Run.getDefaultInstance();
  private Workspace files = new Workspace(client(), "");

  @BeforeAll
  void begin() {
    String hostile = session("hostile", 64 << 20, 48 << 20, 64);
    files = new Workspace(client(), hostile);
    calm =
        client()
            .createRun(
                session("calm", 64 << 20, 48 << 20, 64),
                "sh",
                "-c",
                "while :; do date >> kept; sleep 0.5; done");
    await("the calm run runs")
        .atMost(PATIENCE)
        .until(() -> now(calm).getState() == RunState.RUN_STATE_RUNNING);
  }

  @AfterEach
  void theSessionStillWorks_andTheOtherWasNotHurt() {
    Run next = run("echo fine > proof && cat proof");
    assertThat(next.getState()).as("%s", next).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    assertThat(output(next)).isEqualTo("fine\n");
    Run other = now(calm);
    assertThat(other.getState()).as("%s", other).isEqualTo(RunState.RUN_STATE_RUNNING);
    assertThat(other.getAttempt()).isEqualTo(1);
    Workspace calmFiles = new Workspace(client(), calm.getSessionId());
    long size = calmFiles.stat("kept").getSize();
    await("the calm run goes on")
        .atMost(PATIENCE)
        .until(() -> calmFiles.stat("kept").getSize() > size);
  }

  @Test
  void aForkBomb() {
    assertEnd(
        run("bomb() { bomb | bomb & }; bomb; sleep 2; exit 3"), EndReason.END_REASON_PIDS_LIMIT);
  }

  @Test
  void memoryFilled() {
    assertEnd(run("tail /dev/zero"), EndReason.END_REASON_OUT_OF_MEMORY);
  }

  @Test
  void diskFilled() {
    assertEnd(run("head -c 200M /dev/zero > big"), EndReason.END_REASON_DISK_FULL);
    assertThat(Files.exists(stack.copy("local", files.sessionId()))).isTrue();
    assertThat(run("rm big").getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
  }

  @Test
  void outputThatDoesNotEnd_isCutByItsTime_andAllThatWasPrintedBeforeIsThereInOrder() {
    Run flood = run(timed("i=0; while :; do i=$((i+1)); echo $i; done", 4));
    assertEnd(flood, EndReason.END_REASON_TIMEOUT);
    Watcher watcher = Watcher.eager(client(), flood.getId());
    await("all is read").atMost(PATIENCE).until(() -> watcher.end().isPresent());
    long expected = 0;
    StringBuilder text = new StringBuilder();
    watcher.events().stream()
        .map(RunEvent::getLog)
        .filter(log -> log.getStream() == Log.Stream.STREAM_STDOUT)
        .forEach(log -> text.append(log.getData().toStringUtf8()));
    for (String line : text.toString().lines().toList()) {
      assertThat(line).isEqualTo(String.valueOf(++expected));
    }
    assertThat(expected).isGreaterThan(1000);
  }

  @Test
  void floodsOfOutput_areHeldBackToWhatTheHostKeeps() {
    Run flood = run(timed("yes", 4));
    assertEnd(flood, EndReason.END_REASON_TIMEOUT);
    var used = Shell.run("du", "-sm", stack.home().resolve("executors/local/workers").toString());
    assertThat(Integer.parseInt(used.output().split("\\s", 2)[0])).isLessThan(96);
  }

  @Test
  void outputPastTheLimit_endsTheRun_keepsWhatWasPrintedBefore_andSaysWhatWasCut() {
    stack.startExecutor(
        "small", Map.of("BERTH_EXECUTOR_MAX_OUTPUT", String.valueOf(1 << 20)), "output=small");
    var spec = SessionSpec.newBuilder().putPlacementLabels("output", "small").build();
    String session = client().createSession("prints", spec).getId();
    Run flood =
        client()
            .awaitRun(
                client().createRun(session, "sh", "-c", "yes 0123456789abcde").getId(), PATIENCE);
    assertEnd(flood, EndReason.END_REASON_OUTPUT_LIMIT);
    Watcher watcher = Watcher.eager(client(), flood.getId());
    await("all is read").atMost(PATIENCE).until(() -> watcher.end().isPresent());
    StringBuilder printed = new StringBuilder();
    watcher.events().forEach(event -> printed.append(event.getLog().getData().toStringUtf8()));
    assertThat(printed.toString().equals("0123456789abcde\n".repeat((1 << 20) / 16)))
        .as("%d characters", printed.length())
        .isTrue();
    assertThat(watcher.events().stream().mapToLong(event -> event.getLog().getDroppedBytes()).sum())
        .isPositive();
  }

  @Test
  void theNetworkAndTheMetadataAddress_areNotThere() {
    String script =
        """
        ls /sys/class/net
        for to in 169.254.169.254/80 172.17.0.1/22 1.1.1.1/53; do
          timeout 5 bash -c "exec 3<>/dev/tcp/$to" 2>/dev/null && echo reached $to
        done
        timeout 5 bash -c "exec 3<>/dev/tcp/127.0.0.1/%s" 2>/dev/null && echo reached the plane
        getent hosts deb.debian.org && echo resolved
        exit 0
        """
            .formatted(executorPort());
    assertThat(output(run(script)).lines()).containsExactly("lo");
  }

  @Test
  void itsJournalTamperedWith_givesNoSuccessThatWasNone() {
    String script =
        """
        cd "$(dirname "$(readlink /proc/$$/fd/1)")"
        pwd >&2
        pwd
        echo 'exit 0' > exit; rm -f out err exit in; mv out gone; ln -s /etc/passwd out
        mkfifo out; : > out; : > err; echo forged >> out; chmod 777 . out; mkdir x
        exit 5
        """;
    Run run = run(script);
    assertThat(run.getState()).as("%s", run).isEqualTo(RunState.RUN_STATE_FAILED);
    assertThat(run.getEnd().getReason())
        .isIn(EndReason.END_REASON_EXIT_CODE, EndReason.END_REASON_JOURNAL_DAMAGED);
    assertThat(output(run)).doesNotContain("root:");
    if (run.getEnd().getReason() == EndReason.END_REASON_EXIT_CODE) {
      assertThat(output(run)).contains("/run/berth/" + run.getAttemptId() + "\n");
    }
  }

  @Test
  void linksOutOfTheWorkspace_leadNowhere_andComeBackAsLinks(@TempDir Path local) throws Exception {
    Path secret = Files.writeString(local.resolve("secret"), "secret\n");
    String script =
        """
        ln -s %s abs; ln -s ../../../../../../..%s up; ln -s / root; mkdir d; ln -s ../../.. d/out
        mkfifo pipe; ln -s nothing dangling
        """
            .formatted(secret, secret);
    assertThat(run(script).getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    assertNothingLeads(secret, local);

    var stop =
        StopSessionRequest.newBuilder()
            .setSessionId(files.sessionId())
            .setRemoveCopy(true)
            .setWait(Duration.newBuilder().setSeconds(60))
            .build();
    await("it is stopped and removed")
        .atMost(PATIENCE)
        .until(() ->
            client().sessions().stopSession(stop).getSession().getState()
                    == SessionState.SESSION_STATE_STOPPED
                && !Files.exists(stack.copy("local", files.sessionId())));
    assertNothingLeads(secret, local);
    assertThat(output(run("readlink abs; readlink d/out; [ -e pipe ] || echo no pipe")))
        .isEqualTo(secret + "\n../../..\nno pipe\n");
    run("rm -r abs up root d dangling");
  }

  @Test
  void timesSignalsAndExitCodes_areTold() {
    assertEnd(run(timed("sleep 600", 1)), EndReason.END_REASON_TIMEOUT);
    Run killed = run("kill -SEGV $$");
    assertEnd(killed, EndReason.END_REASON_SIGNAL);
    assertThat(killed.getEnd().getSignal()).isEqualTo(11);
    Run ended = run("exit 9");
    assertEnd(ended, EndReason.END_REASON_EXIT_CODE);
    assertThat(ended.getEnd().getExitCode()).isEqualTo(9);
  }

  private void assertNothingLeads(Path secret, Path local) throws Exception {
    for (String path : Set.of("abs", "up", "root" + secret, "d/out" + secret, "pipe", "dangling")) {
      assertRefused(() -> files.read(path));
    }
    assertRefused(() -> files.read("../" + secret));
    assertRefused(() -> files.list("root"));
    assertRefused(() -> files.write("root" + local + "/written", "x"));
    assertRefused(() -> files.write("d/out" + local + "/written", "x"));
    assertRefused(() ->
        client()
            .workspaces()
            .deleteFile(
                DeleteFileRequest.newBuilder()
                    .setSessionId(files.sessionId())
                    .setPath("root" + secret)
                    .build()));
    Path tar = local.resolve("push.tar");
    Shell.run("tar", "-C", local.toString(), "-cf", tar.toString(), "secret");
    assertThatThrownBy(() -> files.push("root" + local + "/pushed", tar).get(60, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .satisfies(e -> assertThat(Status.fromThrowable(e).getCode()).isIn(REFUSED));
    assertThat(local.resolve("written")).doesNotExist();
    assertThat(local.resolve("pushed")).doesNotExist();
    assertThat(secret).hasContent("secret\n");
    assertThat(files.stat("abs").getType()).isEqualTo(FileInfo.Type.TYPE_SYMLINK);
    assertThat(files.stat("abs").getLinkTarget()).isEqualTo(secret.toString());

    Path pulled = local.resolve("pulled.tar");
    files.pull("", pulled);
    assertThat(Shell.run("tar", "-tvf", pulled.toString()).output())
        .contains("abs -> " + secret)
        .contains("root -> /")
        .doesNotContain("secret\nsecret");
  }

  private static void assertRefused(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).as("%s", e).isIn(REFUSED));
  }

  private static void assertEnd(Run run, EndReason reason) {
    assertThat(run.getState()).as("%s", run).isEqualTo(RunState.RUN_STATE_FAILED);
    assertThat(run.getEnd().getReason()).as("%s", run).isEqualTo(reason);
    assertThat(run.getEnd().getMessage()).isNotBlank();
  }

  private Run run(String script) {
    return run(RunSpec.newBuilder().addAllCommand(List.of("sh", "-c", script)).build());
  }

  private static RunSpec timed(String script, int seconds) {
    return RunSpec.newBuilder()
        .addAllCommand(List.of("sh", "-c", script))
        .setTimeout(Duration.newBuilder().setSeconds(seconds))
        .setGrace(Duration.newBuilder().setSeconds(1))
        .build();
  }

  private Run run(RunSpec spec) {
    var request =
        CreateRunRequest.newBuilder().setSessionId(files.sessionId()).setSpec(spec).build();
    Run run = client().awaitRun(client().runs().createRun(request).getRun().getId(), PATIENCE);
    assertThat(run.hasEnd()).as("%s", run).isTrue();
    return run;
  }

  private Run now(Run run) {
    var request = GetRunRequest.newBuilder().setRunId(run.getId()).build();
    return client().runs().getRun(request).getRun();
  }

  private String output(Run run) {
    StringBuilder text = new StringBuilder();
    client()
        .runs()
        .listRunEvents(ListRunEventsRequest.newBuilder().setRunId(run.getId()).build())
        .getEventsList()
        .forEach(event -> text.append(event.getLog().getData().toStringUtf8()));
    return text.toString();
  }

  private String session(String name, long memoryBytes, long diskBytes, int pids) {
    var resources =
        Resources.newBuilder()
            .setCpuMillis(500)
            .setMemoryBytes(memoryBytes)
            .setDiskBytes(diskBytes)
            .setPids(pids);
    var spec = SessionSpec.newBuilder().setResources(resources).build();
    return client().createSession(name, spec).getId();
  }

  private String executorPort() {
    return com.google.gson.JsonParser.parseString(readyFile())
        .getAsJsonObject()
        .get("executor_port")
        .getAsString();
  }

  private String readyFile() {
    try {
      return Files.readString(stack.home().resolve("control-plane.json"));
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private Client client() {
    return stack.client();
  }
}
