package dev.berth.testing.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.testing.model.StubModel;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.GetSessionRequest;
import dev.berth.v1.ListRunEventsRequest;
import dev.berth.v1.NetworkMode;
import dev.berth.v1.Run;
import dev.berth.v1.RunSpec;
import dev.berth.v1.RunState;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.WriteFileRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The way to models from a real sandbox, which leads nowhere else. */
class GatewayRunTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final String KEY = "the-real-key-of-the-model";

  /** Asks over the shell's own sockets; the answer goes to standard output. */
  private static final String ASK =
      """
      ask() {
        body='{"model":"m","max_tokens":9,"tools":[{"name":"Bash"}],"messages":[{"role":"user","content":"[[say hello]]"}]}'
        at=${ANTHROPIC_BASE_URL#http://}
        exec 5<>"/dev/tcp/${at%:*}/${at#*:}"
        printf 'POST /v1/messages HTTP/1.1\\r\\nHost: model\\r\\nConnection: close\\r\\n' >&5
        printf 'x-api-key: %s\\r\\ncontent-length: %s\\r\\n\\r\\n%s' "$1" "${#body}" "$body" >&5
        cat <&5
      }
      """;

  private static StubModel model;
  private static Stack stack;

  @BeforeAll
  static void start() throws IOException {
    model = new StubModel();
    stack = Stack.startWithoutExecutor(Map.of());
    var file =
        Files.createFile(
            stack.home().resolve("gateway.properties"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(
        file, "anthropic.key=" + KEY + "\nanthropic.url=http://127.0.0.1:" + model.port() + "\n");
    stack.startExecutor("local", Map.of("BERTH_EXECUTOR_GATEWAY", file.toString()));
  }

  @AfterAll
  static void stop() {
    stack.close();
    model.close();
  }

  private static String session(String name, NetworkMode network) {
    return stack
        .client()
        .createSession(name, SessionSpec.newBuilder().setNetwork(network).build())
        .getId();
  }

  private static Run run(String session, String script) {
    return stack
        .client()
        .runs()
        .createRun(
            CreateRunRequest.newBuilder()
                .setSessionId(session)
                .setSpec(
                    RunSpec.newBuilder()
                        .addCommand("bash")
                        .addCommand("-c")
                        .addCommand(ASK + script))
                .build())
        .getRun();
  }

  private static String printed(Run run) {
    return stack
        .client()
        .runs()
        .listRunEvents(
            ListRunEventsRequest.newBuilder().setRunId(run.getId()).setPageSize(1000).build())
        .getEventsList()
        .stream()
        .filter(event -> event.hasLog())
        .map(event -> event.getLog().getData().toStringUtf8())
        .collect(Collectors.joining());
  }

  private static String ends(Run run) {
    Run ended = stack.client().awaitRun(run.getId(), PATIENCE);
    assertThat(ended.getState())
        .as(ended.getEnd() + printed(ended))
        .isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    return printed(ended);
  }

  @Test
  void aRunAsksTheModel_underAKeyItNeverSees_alsoBehindAKillOfTheAgent() {
    String session = session("asking", NetworkMode.NETWORK_MODE_GATEWAY);
    Run run =
        run(
            session,
            "ask \"$ANTHROPIC_API_KEY\"; while [ ! -e go ]; do sleep 0.1; done;"
                + " echo again; ask \"$ANTHROPIC_API_KEY\"; ask another-token; env");
    await().atMost(PATIENCE).until(() -> model.asked().size() == 1);
    stack.executor("local").kill();
    stack.startExecutor(
        "local",
        Map.of("BERTH_EXECUTOR_GATEWAY", stack.home().resolve("gateway.properties").toString()));
    assertThat(
            stack
                .client()
                .workspaces()
                .writeFile(
                    WriteFileRequest.newBuilder().setSessionId(session).setPath("go").build()))
        .isNotNull();
    String printed = ends(run);
    assertThat(printed.split("again", 2)[0]).contains("HTTP/1.1 200", "hello");
    assertThat(printed.split("again", 2)[1]).contains("HTTP/1.1 200", "hello", "HTTP/1.1 401");
    assertThat(printed).doesNotContain(KEY);
    assertThat(model.asked()).hasSize(2).allMatch(asked -> asked.key().equals(KEY));
    assertThat(
            stack
                .client()
                .sessions()
                .getSession(GetSessionRequest.newBuilder().setSessionId(session).build())
                .getSession()
                .getSpec()
                .getNetwork())
        .isEqualTo(NetworkMode.NETWORK_MODE_GATEWAY);
  }

  @Test
  void nothingElse_isReachedFromThere() {
    String session = session("closed", NetworkMode.NETWORK_MODE_GATEWAY);
    String printed =
        ends(
            run(
                session,
                "can() { if timeout 2 bash -c \"exec 5<>/dev/tcp/$1/$2\" 2>/dev/null; then echo"
                    + " \"reached $1\"; fi; }; can 127.0.0.1 "
                    + model.port()
                    + "; can 169.254.169.254 80; can 172.17.0.1 22; can 10.0.0.1 80; can 8.8.8.8"
                    + " 53; can ::1 7410; can 2001:4860:4860::8888 53; can localhost.localdomain"
                    + " 80; can example.com 80; getent hosts example.com && echo named; tail -n +2"
                    + " /proc/net/route; tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '; echo"
                    + " done"));
    assertThat(printed).isEqualTo("lo\ndone\n");
  }

  @Test
  void withoutTheMode_thereIsNoWay_andNoToken() {
    String session = session("plain", NetworkMode.NETWORK_MODE_NONE);
    String printed =
        ends(
            run(
                session,
                "(exec 5<>/dev/tcp/127.0.0.1/7410) 2>/dev/null || echo closed; env | grep -c"
                    + " _API_KEY || true"));
    assertThat(printed).isEqualTo("closed\n0\n");
  }
}
