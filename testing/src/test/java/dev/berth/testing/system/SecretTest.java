package dev.berth.testing.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.testing.stack.Shell;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.GetRunRequest;
import dev.berth.v1.ListRunEventsRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunSecret;
import dev.berth.v1.RunSpec;
import dev.berth.v1.RunState;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.SetSecretRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A secret's way from a client to a process, past everybody else. */
class SecretTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final String TOKEN = "told-to-nobody-else-7f3a";
  private static final String WAIT = "while [ ! -e go ]; do sleep 0.1; done; ";

  private static Stack stack;

  @BeforeAll
  static void start() {
    stack = Stack.start();
  }

  @AfterAll
  static void stop() {
    stack.close();
  }

  @Test
  void itReachesTheProcess_andIsNowhereElse_alsoBehindAKillOfTheAgent() throws Exception {
    var client = stack.client();
    var set =
        client
            .secrets()
            .setSecret(SetSecretRequest.newBuilder().setName("token").setValue(TOKEN).build());
    assertThat(set.getSecret().getVersion()).isEqualTo(1);
    String session = client.createSession("secret", SessionSpec.getDefaultInstance()).getId();
    Run run =
        client
            .runs()
            .createRun(
                CreateRunRequest.newBuilder()
                    .setSessionId(session)
                    .setSpec(
                        RunSpec.newBuilder()
                            .addCommand("sh")
                            .addCommand("-c")
                            .addCommand(
                                "printf %s \"$TOKEN\" | sha256sum >hash; cmp -s \"$FILE\" hash;"
                                    + " printf %s \"$TOKEN\" | cmp - \"$FILE\" && touch same; "
                                    + WAIT
                                    + "echo before \"$TOKEN\" behind; cat \"$FILE\" >&2")
                            .addSecrets(
                                RunSecret.newBuilder().setName("token").setEnvironment("TOKEN"))
                            .addSecrets(RunSecret.newBuilder().setName("token").setFile("FILE")))
                    .build())
            .getRun();
    Path workspace = stack.copy("local", session);
    await().atMost(PATIENCE).until(() -> found(workspace, "same"));
    assertNowhere(stack.home());
    assertThat(inspected()).doesNotContain(TOKEN);

    stack.executor("local").kill();
    stack.startExecutor("local");
    go(session);
    Run ended = client.awaitRun(run.getId(), PATIENCE);
    assertThat(ended.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    String printed =
        client
            .runs()
            .listRunEvents(
                ListRunEventsRequest.newBuilder().setRunId(run.getId()).setPageSize(100).build())
            .getEventsList()
            .stream()
            .filter(event -> event.hasLog())
            .map(event -> event.getLog().getData().toStringUtf8())
            .collect(Collectors.joining());
    assertThat(printed)
        .contains("before " + "*".repeat(TOKEN.length()) + " behind\n")
        .doesNotContain(TOKEN);
    assertThat(client.runs().getRun(GetRunRequest.newBuilder().setRunId(run.getId()).build()))
        .asString()
        .doesNotContain(TOKEN);
    await().atMost(PATIENCE).untilAsserted(() -> assertNowhere(stack.home()));
  }

  @Test
  void theCommandLine_takesItsValueFromStandardInputAlone() throws IOException {
    Path value = Files.writeString(stack.home().resolve("value"), "from-standard-input\n");
    var set = berth(value, "secret", "set", "cli-token");
    Files.delete(value);
    assertThat(set.exit()).as(set.output()).isZero();
    assertThat(berth(Path.of("/dev/null"), "secret", "list").output())
        .contains("cli-token")
        .doesNotContain("from-standard-input");
    var run =
        berth(
            Path.of("/dev/null"),
            "run",
            "-q",
            "--secret",
            "CLI_TOKEN=cli-token",
            "--",
            "sh",
            "-c",
            "printf %s \"$CLI_TOKEN\" | wc -c; echo \"$CLI_TOKEN\"");
    assertThat(run.exit()).as(run.output()).isZero();
    assertThat(run.output()).contains("19\n" + "*".repeat(19));
    assertThat(berth(Path.of("/dev/null"), "secret", "delete", "cli-token").exit()).isZero();
    var gone = berth(Path.of("/dev/null"), "run", "--secret", "A=cli-token", "--", "true");
    assertThat(gone.exit()).isNotZero();
    assertThat(gone.output()).contains("no secret cli-token");
  }

  private static Shell.Result berth(Path input, String... arguments) {
    return Shell.run(
        stack.home(),
        Map.of("BERTH_HOME", stack.home().toString()),
        java.util.stream.Stream.concat(
                java.util.stream.Stream.of(
                    "sh",
                    "-c",
                    "exec \"$@\" <" + input,
                    "sh",
                    dev.berth.testing.Sources.root().resolve("berth").toString()),
                java.util.Arrays.stream(arguments))
            .toArray(String[]::new));
  }

  private static void go(String session) {
    var made =
        stack
            .client()
            .workspaces()
            .writeFile(
                dev.berth.v1.WriteFileRequest.newBuilder()
                    .setSessionId(session)
                    .setPath("go")
                    .build());
    assertThat(made).isNotNull();
  }

  private static boolean found(Path root, String name) throws IOException {
    if (!Files.isDirectory(root)) {
      return false;
    }
    try (var tree = Files.walk(root)) {
      return tree.anyMatch(path -> path.endsWith(name));
    }
  }

  /** All files of control plane, database, store and agent: rows, logs, intents, journals. */
  private static void assertNowhere(Path root) {
    var result =
        Shell.run(root, Map.of(), "grep", "-rlaF", "--devices=skip", "-e", TOKEN, root.toString());
    assertThat(result.output()).isEmpty();
  }

  private static String inspected() {
    var ids =
        Shell.run(
            stack.home(),
            Map.of(),
            "sh",
            "-c",
            "docker ps -q --no-trunc --filter label=dev.berth.executor="
                + stack.executorId("local")
                + " | xargs docker inspect");
    assertThat(ids.output()).contains("\"Config\"");
    return ids.output();
  }
}
