package dev.berth.format.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.format.layer.CleanUp.Verdict;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CleanUpTest {
  @ParameterizedTest
  @CsvSource({
    "/workspace/build,         /workspace/build,         true",
    "/workspace/build,         /workspace/build/x,       false",
    "/workspace/*.log,         /workspace/a.log,         true",
    "/workspace/*.log,         /workspace/d/a.log,       false",
    "/workspace/*.log,         /workspace/.log,          true",
    "/workspace/**/*.log,      /workspace/a.log,         true",
    "/workspace/**/*.log,      /workspace/d/e/a.log,     true",
    "/workspace/**/node/**/x,  /workspace/a/node/b/c/x,  true",
    "/workspace/**/node/**/x,  /workspace/a/b/x,         false",
    "/workspace/d/**,          /workspace/d/e,           true",
    "/workspace/d/**,          /workspace/d/e/f,         true",
    "/workspace/d/**,          /workspace/d,             false",
    "/workspace/a?c,           /workspace/aüc,           true",
    "/workspace/a?c,           /workspace/ac,            false",
    "/workspace/a*b*c,         /workspace/aXbYbc,        true",
    "/workspace/[a],           /workspace/a,             false",
  })
  void aRule_matchesComponentByComponent(String rule, String path, boolean expected) {
    assertThat(PathGlob.of(rule).matches(WorkspacePath.names(path))).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/workspace", "/etc/*", "workspace/x", "/workspace/../x", "/workspace/"})
  void aRule_staysUnderTheWorkspace(String rule) {
    assertThatThrownBy(() -> PathGlob.of(rule)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void directories_areEnteredOnlyWhereARuleReaches() {
    var cleanUp = cleanUp(List.of("/workspace/a/*/x"));
    assertThat(verdict(cleanUp, "/workspace/a", false)).isEqualTo(Verdict.ENTER);
    assertThat(verdict(cleanUp, "/workspace/a/b", false)).isEqualTo(Verdict.ENTER);
    assertThat(verdict(cleanUp, "/workspace/b", false)).isEqualTo(Verdict.KEEP);
    assertThat(verdict(cleanUp, "/workspace/a/b/x", false)).isEqualTo(Verdict.REMOVE);
  }

  @Test
  void whatIsKept_staysWithTheDirectoriesAboveIt() {
    var cleanUp = cleanUp(List.of("/workspace/a"), "/workspace/a/b/keep");
    assertThat(verdict(cleanUp, "/workspace/a", false)).isEqualTo(Verdict.ENTER);
    assertThat(verdict(cleanUp, "/workspace/a/b", true)).isEqualTo(Verdict.ENTER);
    assertThat(verdict(cleanUp, "/workspace/a/b/keep", true)).isEqualTo(Verdict.KEEP);
    assertThat(verdict(cleanUp, "/workspace/a/c", true)).isEqualTo(Verdict.REMOVE);
  }

  private static Verdict verdict(CleanUp cleanUp, String path, boolean condemned) {
    return cleanUp.verdict(WorkspacePath.names(path), true, condemned);
  }

  private static CleanUp cleanUp(List<String> rules, String... kept) {
    return new CleanUp(
        rules.stream().map(PathGlob::of).toList(),
        Stream.of(kept).map(WorkspacePath::names).toList());
  }
}
