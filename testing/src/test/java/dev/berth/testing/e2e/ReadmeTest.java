package dev.berth.testing.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.Sources;
import dev.berth.testing.stack.Shell;
import dev.berth.testing.stack.Stack;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What the README tells a newcomer to type works, in the order it is told. */
class ReadmeTest {
  private static final Pattern BLOCK = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);

  private static Stack stack;

  @BeforeAll
  static void start() {
    stack = Stack.start();
  }

  @AfterAll
  static void stop() {
    stack.close();
    Shell.run("rm", "-rf", "/tmp/berth-readme-protos");
  }

  @TestFactory
  Stream<DynamicTest> commandBlock() throws Exception {
    String readme = Files.readString(Sources.root().resolve("README.md"));
    return BLOCK
        .matcher(readme)
        .results()
        .map(ReadmeTest::commands)
        .filter(block -> !block.startsWith("./dev "))
        .map(block -> DynamicTest.dynamicTest(title(block), () -> run(block)));
  }

  private static String commands(MatchResult block) {
    return block.group(1);
  }

  private static String title(String block) {
    return block.lines().findFirst().orElse("");
  }

  private static void run(String block) {
    Path root = Sources.root();
    var result =
        Shell.run(
            root,
            Map.of("BERTH_HOME", stack.home().toString()),
            "bash",
            "-euo",
            "pipefail",
            "-c",
            block);
    assertThat(result.exit()).as("%s%n%s", block, result.output()).isZero();
  }
}
