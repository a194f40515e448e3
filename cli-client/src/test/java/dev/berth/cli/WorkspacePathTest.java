package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkspacePathTest {
  @ParameterizedTest
  @CsvSource({
    "a/b, a/b",
    "a/, a",
    "., ''",
    "/workspace, ''",
    "/workspace/, ''",
    "/workspace/., ''",
    "/workspace/a, a",
    "/workspaces/a, /workspaces/a",
    "workspace/a, workspace/a"
  })
  void whatAUserTypes_isAPathWithinTheWorkspace(String typed, String path) {
    assertThat(WorkspacePath.within(typed)).isEqualTo(path);
  }
}
