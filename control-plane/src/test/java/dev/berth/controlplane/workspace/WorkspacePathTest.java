package dev.berth.controlplane.workspace;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkspacePathTest {

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "a/b/c", "...", "a/..b", ".git/config", "ä/ö", "a b", "C:\\x"})
  void usablePaths(String path) {
    assertThat(WorkspacePath.problem(path)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/etc/passwd",
        ".",
        "..",
        "a/..",
        "../a",
        "a/./b",
        "a//b",
        "a/",
        "./a",
        "a\0b"
      })
  void pathsThatCanNeverBeRight(String path) {
    assertThat(WorkspacePath.problem(path)).isPresent();
  }

  @Test
  void lengths_areCountedInBytes() {
    assertThat(WorkspacePath.problem("a".repeat(255))).isEmpty();
    assertThat(WorkspacePath.problem("a".repeat(256))).isPresent();
    assertThat(WorkspacePath.problem("ä".repeat(128))).isPresent();
    assertThat(WorkspacePath.problem("a/".repeat(2047) + "aa")).isEmpty();
    assertThat(WorkspacePath.problem("a/".repeat(2048) + "a")).isPresent();
  }
}
