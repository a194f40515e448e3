package dev.berth.testing.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.testing.stack.Stack;
import dev.berth.v1.ActivateSessionRequest;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.CreateSessionRequest;
import dev.berth.v1.EndReason;
import dev.berth.v1.ListRunEventsRequest;
import dev.berth.v1.ReadFileRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunEvent;
import dev.berth.v1.RunSpec;
import dev.berth.v1.RunState;
import dev.berth.v1.SessionState;
import dev.berth.v1.StopSessionRequest;
import dev.berth.v1.SyncWorkspaceRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

/** One session and what must be in its workspace: a line for each run that wrote one. */
final class SoakSession {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
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

  private final Stack stack;
  private final String name;
  private final String id;
  private final List<String> written = new ArrayList<>();
  private int runs;

  private SoakSession(Stack stack, String name, String id) {
    this.stack = stack;
    this.name = name;
    this.id = id;
  }

  static SoakSession create(Stack stack, String name) {
    var request = CreateSessionRequest.newBuilder().setName(name).build();
    String id = stack.client().sessions().createSession(request).getSession().getId();
    return new SoakSession(stack, name, id);
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
    String runId = patiently(() -> stack.client().runs().createRun(request).getRun().getId());
    String happened = meanwhile.get();
    await("run " + runId + " ends").atMost(PATIENCE).until(() -> patiently(() -> ended(runId)));
    Run run = patiently(() -> stack.client().awaitRun(runId, Duration.ofSeconds(1)));
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
            patiently(() -> stack.client().sessions().stopSession(request).getSession().getState())
                == SessionState.SESSION_STATE_STOPPED);
    return removeCopy ? "stopped and removed" : "stopped";
  }

  String syncs() {
    var activate = ActivateSessionRequest.newBuilder().setSessionId(id).setWait(WAIT).build();
    await(name + " is active")
        .atMost(PATIENCE)
        .until(() ->
            patiently(() ->
                stack.client().sessions().activateSession(activate).getSession().getState())
                == SessionState.SESSION_STATE_ACTIVE);
    var sync = SyncWorkspaceRequest.newBuilder().setSessionId(id).build();
    return "synced as "
        + patiently(() -> stack.client().workspaces().syncWorkspace(sync).getSnapshot().getId());
  }

  /** Reads what was kept, from wherever it is by now. */
  String comesBackWhole() {
    if (!written.isEmpty()) {
      assertThat(kept()).as("%s, %s", name, id).containsExactlyElementsOf(written);
    }
    return written.size() + " lines kept";
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
    return stack.client().awaitRun(runId, Duration.ofSeconds(10)).hasEnd();
  }

  /** Empty where no run has written yet. */
  private List<String> kept() {
    var request = ReadFileRequest.newBuilder().setSessionId(id).setPath("kept").build();
    return patiently(() -> {
      var bytes = new ByteArrayOutputStream();
      try {
        stack
            .client()
            .workspaces()
            .readFile(request)
            .forEachRemaining(part -> bytes.writeBytes(part.getData().toByteArray()));
      } catch (StatusRuntimeException e) {
        if (e.getStatus().getCode() != Status.Code.NOT_FOUND) {
          throw e;
        }
      }
      return bytes.toString(StandardCharsets.UTF_8).lines().toList();
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
      page = patiently(() -> stack.client().runs().listRunEvents(request).getEventsList());
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
