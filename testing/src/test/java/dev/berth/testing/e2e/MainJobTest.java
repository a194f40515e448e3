package dev.berth.testing.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.Sources;
import dev.berth.testing.stack.Shell;
import dev.berth.testing.stack.Stack;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the demo shows, through the command line client. */
class MainJobTest {
  @AutoClose private final Stack stack = Stack.start();

  @Test
  void aWorkspaceComesBackByteForByte_afterItsContainerAndDiskAreGone(@TempDir Path pulled)
      throws Exception {
    ok("session", "create", "job");
    ok("workspace", "push", "job", Sources.root().resolve("proto/berth").toString(), "src");
    ok("run", "-s", "job", "--", "sh", "-c", "find src -type f | sort | xargs wc -l > report.txt");
    var before = ok("workspace", "read", "job", "report.txt").output();
    assertThat(before).contains("src/v1/run.proto");

    ok("session", "stop", "job", "--remove-copy", "--wait");
    assertThat(stack.home().resolve("executors/local/copies"))
        .isDirectoryNotContaining("glob:**/ses_*");

    ok("session", "activate", "job", "--wait");
    assertThat(ok("workspace", "read", "job", "report.txt").output()).isEqualTo(before);
    ok("workspace", "pull", "job", "src", pulled.toString());
    assertThat(
            Shell.run(
                "diff",
                "-r",
                Sources.root().resolve("proto/berth").toString(),
                pulledSource(pulled)))
        .isEqualTo(new Shell.Result(0, ""));
  }

  @Test
  void aRunExitsWithItsProgramsCode() {
    ok("session", "create", "codes");
    assertThat(stack.berth("run", "-s", "codes", "--", "sh", "-c", "exit 7").exit()).isEqualTo(7);
    assertThat(stack.berth("run", "-s", "nobody", "--", "true").exit()).isEqualTo(125);
  }

  private static String pulledSource(Path pulled) {
    Path nested = pulled.resolve("src");
    return (Files.isDirectory(nested) ? nested : pulled).toString();
  }

  private Shell.Result ok(String... arguments) {
    var result = stack.berth(arguments);
    assertThat(result.exit())
        .as("berth %s%n%s", String.join(" ", arguments), result.output())
        .isZero();
    return result;
  }
}
