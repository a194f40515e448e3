package dev.berth.testing.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import dev.berth.testing.model.StubModel;
import dev.berth.testing.stack.Shell;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.AgentSpec;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.EndReason;
import dev.berth.v1.ListRunEventsRequest;
import dev.berth.v1.ListRunsRequest;
import dev.berth.v1.MessagePart;
import dev.berth.v1.NetworkMode;
import dev.berth.v1.PermissionMode;
import dev.berth.v1.Resources;
import dev.berth.v1.Run;
import dev.berth.v1.RunEvent;
import dev.berth.v1.RunSpec;
import dev.berth.v1.RunState;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.StopSessionRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Agents asked through the API: control plane, executor agent with its gateway, the image with the
 * real programs, and a scripted model.
 */
@Timeout(180)
class AgentRunTest {
  private static final String IMAGE = "berth/worker-agents:latest";
  private static final String KEY = "the-real-key-of-the-model";

  private static Stack stack;
  private static StubModel model;

  @BeforeAll
  static void start() throws IOException {
    if (Shell.run("docker", "image", "inspect", IMAGE).exit() != 0) {
      AgentBox.missing(IMAGE);
    }
    model = new StubModel();
    stack = Stack.startWithoutExecutor(Map.of());
    var upstreams =
        Files.createFile(
            stack.home().resolve("gateway.properties"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    var url = "http://127.0.0.1:" + model.port();
    Files.writeString(
        upstreams,
        "anthropic.key=%1$s%nanthropic.url=%2$s%nopenai.key=%1$s%nopenai.url=%2$s%n"
            .formatted(KEY, url));
    stack.startExecutor("local", Map.of("BERTH_EXECUTOR_GATEWAY", upstreams.toString()));
  }

  @AfterAll
  static void stop() {
    if (stack != null) {
      stack.close();
      model.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"claude-code", "codex"})
  void anAgentWritesAFile_andALaterRunGoesOnWithTheConversation_afterTheWorkerWasRemoved(
      String provider) throws Exception {
    String session = create(provider);
    Run first = ask(session, provider, "[[write hello.txt hi there]]", "");
    assertThat(first.getState()).as(first.toString()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    assertThat(stack.berth("workspace", "read", provider, "hello.txt").output())
        .isEqualTo("hi there\n");
    assertThat(types(first))
        .containsSubsequence(
            "run.started", "conversation.started", "tool.call", "tool.result", "message.stop")
        .contains("usage")
        .endsWith("run.finished");
    assertThat(first.getConversationId()).startsWith("cnv_");

    stopAndForget(session);
    Run second = ask(session, provider, "[[recall]]", first.getConversationId());
    assertThat(second.getState()).as(second.toString()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    assertThat(second.getWorkerId()).isNotEqualTo(first.getWorkerId());
    assertThat(said(second)).last().asString().startsWith("I recall 1: write hello.txt");
    assertThat(second.getConversationId()).isEqualTo(first.getConversationId());
    assertThat(turns(first.getConversationId())).containsExactly(second.getId(), first.getId());
    stopAndForget(session);
  }

  @ParameterizedTest
  @CsvSource({"claude-code,ANTHROPIC_API_KEY", "codex,OPENAI_API_KEY"})
  void theKeyIsNowhereInTheContainer_norInWhatIsToldOfTheRun(String provider, String variable)
      throws Exception {
    String session = create("keyless-" + provider);
    Run run = begin(session, provider, agent(provider, "[[run env; sleep 4]]", ""));
    await()
        .atMost(java.time.Duration.ofSeconds(60))
        .until(() -> events(run).stream().anyMatch(RunEvent::hasToolCall));
    String container = container(session);
    String processes = ofProcesses(container, "environ") + ofProcesses(container, "cmdline");
    assertThat(processes).contains(variable + "=berth-").doesNotContain(KEY);
    assertThat(awaited(run).getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    assertThat(model.asked()).isNotEmpty().allMatch(asked -> asked.key().equals(KEY));

    assertThat(Shell.run("docker", "inspect", container).output()).doesNotContain(KEY);
    String root = "/proc/" + pids(container).getFirst() + "/root/";
    String[] search = {"grep", "-rlsF", KEY, root, "--exclude-dir=proc", "--exclude-dir=sys"};
    assertThat(Shell.run(search).output()).isEmpty();
    assertThat(events(run).toString()).contains("env; sleep 4").doesNotContain(KEY);
    try (var logs = Files.walk(stack.home())) {
      for (var file : logs.filter(path -> path.toString().endsWith(".log")).toList()) {
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
            .as(file.toString())
            .doesNotContain(KEY);
      }
    }
    stopAndForget(session);
  }

  @Test
  void theCommandLine_showsWhatAnAgentSaysAndDoes() {
    String session = create("cli");
    var shown =
        stack.berth(
            "run", "-s", "cli", "--agent", "claude-code", "[[write note.txt from a prompt]]");
    assertThat(shown.output()).contains("I write note.txt.", "It uses Write {");
    assertThat(shown.exit()).isZero();
    assertThat(stack.berth("run", "list", "-s", "cli").output()).contains("[[write note.txt");
    stopAndForget(session);
  }

  @Test
  void whoeverIsAsked_answersFromTheCommandLine_andEndsTheTurn() {
    String session = create("asked");
    Run run = begin(session, "claude-code", asks("[[write asked.txt yes]]"));
    String request = asked(run).getHumanLoopRequested().getProviderRequestId();
    assertThat(stack.berth("run", "answer", run.getId(), request, "--allow").exit()).isZero();
    assertThat(awaited(run).getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    assertThat(stack.berth("workspace", "read", "asked", "asked.txt").output()).isEqualTo("yes\n");
    assertThat(stack.berth("run", "answer", run.getId(), request, "--allow").output())
        .contains("has ended");

    Run other = begin(session, "claude-code", asks("[[write never.txt no]]"));
    assertThat(asked(other).getHumanLoopRequested().getTool()).isEqualTo("Write");
    assertThat(stack.berth("run", "interrupt", other.getId()).exit()).isZero();
    assertThat(awaited(other).getEnd().getReason()).isEqualTo(EndReason.END_REASON_INTERRUPTED);
    stopAndForget(session);
  }

  private static AgentSpec asks(String prompt) {
    return AgentSpec.newBuilder()
        .setPrompt(prompt)
        .setPermissionMode(PermissionMode.PERMISSION_MODE_ASK)
        .build();
  }

  /** Waits until the agent asks. */
  private static RunEvent asked(Run run) {
    return await()
        .atMost(java.time.Duration.ofSeconds(60))
        .until(
            () -> events(run).stream().filter(RunEvent::hasHumanLoopRequested).findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }

  @Test
  void anImageWithoutTheProgram_isSaidToLackIt() {
    String session =
        stack.client().createSession("plain", SessionSpec.getDefaultInstance()).getId();
    Run run = ask(session, "claude-code", "[[say hi]]", "");
    assertThat(run.getEnd().getReason()).isEqualTo(EndReason.END_REASON_START_FAILED);
    assertThat(run.getEnd().getMessage()).contains("no such program");
  }

  @Test
  void whatAProviderDoesNotTake_isRefusedByItsField() {
    String session =
        stack.client().createSession("refused", SessionSpec.getDefaultInstance()).getId();
    var agent = AgentSpec.newBuilder().setPrompt("x").setMaxTurns(3).build();
    assertThatThrownBy(() -> ask(session, "codex", agent))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageContaining("takes no spec.agent.max_turns");
    assertThatThrownBy(() -> ask(session, "exec", agent)).hasMessageContaining("spec.agent");
  }

  private static String create(String name) {
    return stack
        .client()
        .createSession(
            name,
            SessionSpec.newBuilder()
                .setImage(IMAGE)
                .setNetwork(NetworkMode.NETWORK_MODE_GATEWAY)
                .setResources(
                    Resources.newBuilder()
                        .setMemoryBytes(2L << 30)
                        .setDiskBytes(1L << 30)
                        .setPids(512))
                .build())
        .getId();
  }

  /** The one that the session's files are mounted in. */
  private static String container(String session) {
    var label = "label=dev.berth.executor=" + stack.executorId("local");
    var each = "{{.Id}} {{range .Mounts}}{{.Source}} {{end}}";
    return Shell.run("docker", "ps", "-q", "--filter", label).lines().stream()
        .flatMap(id -> Shell.run("docker", "inspect", "-f", each, id).lines().stream())
        .filter(line -> line.contains(session))
        .map(line -> line.substring(0, line.indexOf(' ')))
        .findFirst()
        .orElseThrow();
  }

  private static List<String> pids(String container) {
    return Shell.run("docker", "top", container, "-eo", "pid").lines().stream()
        .skip(1)
        .map(String::strip)
        .toList();
  }

  /** What the kernel shows of each process in it. */
  private static String ofProcesses(String container, String what) throws IOException {
    var shown = new StringBuilder();
    for (String pid : pids(container)) {
      var file = Path.of("/proc", pid, what);
      if (Files.exists(file)) {
        shown.append(Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    return shown.toString();
  }

  private static Run ask(String session, String provider, String prompt, String conversation) {
    return ask(session, provider, agent(provider, prompt, conversation));
  }

  private static AgentSpec agent(String provider, String prompt, String conversation) {
    return AgentSpec.newBuilder()
        .setPrompt(prompt)
        .setConversationId(conversation)
        // one that codex does not know: those it knows have it use tools of its own server's kind
        .setModel(provider.equals("codex") ? "scripted" : "")
        .build();
  }

  private static Run ask(String session, String provider, AgentSpec agent) {
    return awaited(begin(session, provider, agent));
  }

  private static Run begin(String session, String provider, AgentSpec agent) {
    var spec = RunSpec.newBuilder().setProvider(provider).setAgent(agent);
    var request = CreateRunRequest.newBuilder().setSessionId(session).setSpec(spec).build();
    return stack.client().runs().createRun(request).getRun();
  }

  private static Run awaited(Run run) {
    return stack.client().awaitRun(run.getId(), java.time.Duration.ofSeconds(60));
  }

  private static List<RunEvent> events(Run run) {
    var request = ListRunEventsRequest.newBuilder().setRunId(run.getId()).setPageSize(1000).build();
    return stack.client().runs().listRunEvents(request).getEventsList();
  }

  private static List<String> types(Run run) {
    return events(run).stream().map(RunEvent::getType).toList();
  }

  private static List<String> said(Run run) {
    return events(run).stream()
        .filter(RunEvent::hasMessageStop)
        .map(RunEvent::getMessageStop)
        .filter(stop -> stop.getPart() == MessagePart.MESSAGE_PART_TEXT)
        .map(stop -> stop.getText())
        .toList();
  }

  private static List<String> turns(String conversation) {
    var request = ListRunsRequest.newBuilder().setConversationId(conversation).build();
    return stack.client().runs().listRuns(request).getRunsList().stream().map(Run::getId).toList();
  }

  /** Saves and stops it, and removes its disk and container. */
  private static void stopAndForget(String session) {
    var request =
        StopSessionRequest.newBuilder()
            .setSessionId(session)
            .setRemoveCopy(true)
            .setWait(Duration.newBuilder().setSeconds(60))
            .build();
    var stopped = stack.client().sessions().stopSession(request).getSession();
    assertThat(stopped.getId()).isEqualTo(session);
  }
}
