package dev.berth.controlplane.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.controlplane.executor.ExecutorState;
import dev.berth.controlplane.session.SessionState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The transition tables of sessions and workers, the diagrams in docs and the CHECKs agree. */
final class StatesTest {

  @Test
  void diagrams_areTheTables() throws IOException {
    String states = Files.readString(Path.of("..", "docs", "STATES.md"));
    assertThat(states)
        .contains(
            diagram(SessionState.class, SessionState.STOPPED, SessionState::next),
            diagram(ExecutorState.class, ExecutorState.ACTIVE, ExecutorState::next),
            diagram(WorkerState.class, WorkerState.CREATING, WorkerState::next));
  }

  @Test
  void checks_nameTheStates() throws IOException {
    String schema = migration("V001__schema.sql");
    assertThat(checked(schema, "session")).isEqualTo(names(SessionState.values()));
    assertThat(checked(schema, "worker")).isEqualTo(names(WorkerState.values()));
    assertThat(checked(schema, "copy")).isEqualTo(names(CopyState.values()));
    assertThat(listed(migration("V006__lifecycle.sql"), "check \\(state in\\s*\\(([^)]*)\\)"))
        .isEqualTo(names(ExecutorState.values()));
  }

  private static String migration(String name) throws IOException {
    return Files.readString(
        Path.of("..", "sql", "src", "main", "resources", "db", "migration").resolve(name));
  }

  private static Set<String> checked(String schema, String table) {
    String definition = schema.substring(schema.indexOf("create table " + table + " ("));
    return listed(definition, "state +text not null check \\(state in\\s*\\(([^)]*)\\)");
  }

  private static Set<String> listed(String sql, String check) {
    String list = Pattern.compile(check).matcher(sql).results().findFirst().orElseThrow().group(1);
    return Pattern.compile("'(\\w+)'")
        .matcher(list)
        .results()
        .map((MatchResult match) -> match.group(1))
        .collect(Collectors.toSet());
  }

  private static Set<String> names(Enum<?>[] states) {
    return Arrays.stream(states).map(Enum::name).collect(Collectors.toSet());
  }

  private static <S extends Enum<S>> String diagram(
      Class<S> type, S first, Function<S, Set<S>> next) {
    StringBuilder diagram =
        new StringBuilder("```mermaid\nstateDiagram-v2\n  [*] --> ").append(first).append('\n');
    for (S state : type.getEnumConstants()) {
      next.apply(state).forEach(to -> diagram.append("  %s --> %s\n".formatted(state, to)));
    }
    for (S state : type.getEnumConstants()) {
      if (next.apply(state).isEmpty()) {
        diagram.append("  ").append(state).append(" --> [*]\n");
      }
    }
    return diagram.append("```").toString();
  }
}
