package dev.berth.testing.proto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.berth.testing.Sources;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The protos are lint-free and break no client of the last release. */
class BufTest {
  @BeforeEach
  void npmIsThere() {
    boolean there =
        Pattern.compile(File.pathSeparator)
            .splitAsStream(System.getenv().getOrDefault("PATH", ""))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, "npm")));
    assumeTrue(there || System.getenv("CI") != null, "npm is missing, which buf comes from");
  }

  @ParameterizedTest
  @ValueSource(strings = {"lint", "breaking"})
  void protosPass(String check) throws Exception {
    var process =
        new ProcessBuilder("bash", Sources.root().resolve("proto/buf.sh").toString(), check)
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor())
        .as("buf %s; an intended change before a release: ./dev proto-release%n%s", check, said)
        .isZero();
  }

  @Test
  void theReleasedImageIsKept() {
    assertThat(Sources.root().resolve("proto/released.binpb")).isNotEmptyFile();
  }
}
