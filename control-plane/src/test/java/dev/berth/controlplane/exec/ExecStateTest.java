package dev.berth.controlplane.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The transition table, the diagram in docs and the CHECK agree. */
final class ExecStateTest {

  @Test
  void diagram_isTheTable() throws IOException {
    StringBuilder diagram = new StringBuilder("stateDiagram-v2\n  [*] --> STARTING\n");
    for (ExecState state : ExecState.values()) {
      state.next().forEach(to -> diagram.append("  %s --> %s\n".formatted(state, to)));
    }
    diagram.append("  EXITED --> [*]\n  LOST --> [*]\n");
    assertThat(Files.readString(Path.of("..", "docs", "STATES.md"))).contains(diagram);
  }

  @Test
  void check_namesTheStates() throws IOException {
    String names =
        Arrays.stream(ExecState.values())
            .map(state -> "'" + state + "'")
            .collect(Collectors.joining(", "));
    Path migrations = Path.of("..", "sql", "src", "main", "resources", "db", "migration");
    assertThat(Files.readString(migrations.resolve("V005__exec.sql")))
        .contains("state in (" + names + ")");
  }
}
