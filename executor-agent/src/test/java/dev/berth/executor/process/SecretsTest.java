package dev.berth.executor.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.executor.journal.Position;
import dev.berth.executor.process.AttemptEnd.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Secrets reach the process, and nobody beside it. */
class SecretsTest {
  private static final String TOKEN = "token-of-the-process";
  private static final String KEY = "-- begin --\nline \"one\" $HOME `id`\n-- end --\n";

  private ProcessHarness harness;

  @BeforeEach
  void start() throws IOException {
    harness = new ProcessHarness();
    harness.secrets =
        List.of(
            new SecretValue("token", TOKEN, "TOKEN", false),
            new SecretValue("key.pem", KEY, "KEY_FILE", true));
  }

  @AfterEach
  void stop() throws Exception {
    harness.close();
  }

  private String file(String name) throws IOException {
    return Files.readString(harness.engine.workspace().resolve(name));
  }

  /** What stands in the files below a directory, all in one. */
  private static String below(Path root) throws IOException {
    var all = new StringBuilder();
    try (var tree = Files.walk(root)) {
      for (var path : tree.filter(Files::isRegularFile).toList()) {
        all.append(new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1));
      }
    }
    return all.toString();
  }

  @Test
  void theyAreInItsEnvironment_andInAFileOfItsOwnInMemory_thatIsEmptiedBehindIt() throws Exception {
    var end =
        harness.ends(
            "printf %s \"$TOKEN\" >token; cp \"$KEY_FILE\" key; ls -l \"$KEY_FILE\" | cut -c1-10 >mode;"
                + " df \"$KEY_FILE\" | tail -1 | cut -d' ' -f1 >where; env >all");
    assertThat(end.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(file("token")).isEqualTo(TOKEN);
    assertThat(file("key")).isEqualTo(KEY);
    assertThat(file("mode")).isEqualTo("-rw-------\n");
    assertThat(file("where")).isEqualTo("tmpfs\n");
    assertThat(file("all")).doesNotContain("BERTH_SECRET");

    harness.secrets = List.of();
    assertThat(harness.ends("wc -c </home/agent/.secret-key.pem >size").outcome())
        .isEqualTo(Outcome.SUCCEEDED);
    assertThat(file("size").strip()).isEqualTo("0");
  }

  @Test
  void whatItPrintsOfThem_isMasked_andNothingOfThemStandsInTheAgentsFiles() throws Exception {
    var attempt =
        harness.sh(
            "touch begun; while [ ! -e go ]; do sleep 0.05; done;"
                + " printf %s \"$TOKEN\" | cut -c1-8 | tr -d '\\n'; sleep 0.3;"
                + " printf %s \"$TOKEN\" | cut -c9- ; cat \"$KEY_FILE\" >&2; echo AKIAIOSFODNN7EXAMPLE");
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> Files.exists(harness.engine.workspace().resolve("begun")));
    assertThat(below(harness.engine.workerDirectory())).doesNotContain(TOKEN, "-- begin --");
    Files.createFile(harness.engine.workspace().resolve("go"));
    assertThat(harness.recorder.awaitEnd(attempt).outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(harness.out(attempt))
        .isEqualTo("*".repeat(TOKEN.length()) + "\nAKIA" + "*".repeat(16) + "\n");
    assertThat(harness.err(attempt)).matches("\\*{11}\n\\*{21}\n\\*{9}\n");
  }

  @Test
  void afterAFallOfTheAgent_nothingIsSaidBeforeTheMaskIsKnown_andNothingReadableWithoutIt()
      throws Exception {
    String script = "while [ ! -e go ]; do sleep 0.05; done; echo $TOKEN; echo open";
    var known = harness.sh(script);
    await().until(() -> !harness.recorder.log(known).position.equals(Position.START));
    harness.fall();
    Files.createFile(harness.engine.workspace().resolve("go"));
    var found = harness.rise();
    assertThat(found).hasSize(1);
    harness.processes.adopt(known, Optional.of(harness.recorder.log(known).position));
    await()
        .pollDelay(Duration.ofMillis(300))
        .atMost(Duration.ofSeconds(10))
        .until(() -> harness.processes.list().stream().allMatch(ProcessInfo::ended));
    assertThat(harness.out(known)).isEmpty();
    harness.processes.mask(known, List.of(TOKEN, KEY));
    harness.processes.adopt(known, Optional.of(harness.recorder.log(known).position));
    assertThat(harness.recorder.awaitEnd(known).outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(harness.out(known)).isEqualTo("*".repeat(TOKEN.length()) + "\nopen\n");
  }

  @Test
  void whereNotAllIsKnown_allIsHidden() throws Exception {
    var attempt = harness.sh("while [ ! -e go ]; do sleep 0.05; done; echo $TOKEN; echo open");
    await().until(() -> !harness.recorder.log(attempt).position.equals(Position.START));
    harness.fall();
    Files.createFile(harness.engine.workspace().resolve("go"));
    assertThat(harness.rise()).hasSize(1);
    harness.processes.mask(attempt, List.of(TOKEN));
    harness.processes.adopt(attempt, Optional.of(harness.recorder.log(attempt).position));
    assertThat(harness.recorder.awaitEnd(attempt).outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(harness.out(attempt)).isEqualTo("*".repeat(TOKEN.length()) + "\n****\n");
  }
}
