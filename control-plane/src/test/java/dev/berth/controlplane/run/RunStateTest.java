package dev.berth.controlplane.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.controlplane.testsupport.BerthServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The states of runs are the same in the enum, the database, the API and the documentation. */
final class RunStateTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  @Test
  void check_holdsTheStatesOfTheEnum() {
    assertThat(quoted("state")).isEqualTo(names(RunState.values()));
  }

  @Test
  void check_holdsThePendingReasonsOfTheEnum() {
    assertThat(quoted("pending_reason")).isEqualTo(names(PendingReason.values()));
  }

  private static Set<String> quoted(String column) {
    String check =
        berth
            .sql()
            .resultQuery(
                """
                select pg_get_constraintdef(oid) from pg_constraint
                where conrelid = 'run'::regclass and contype = 'c' and conname = ?
                """,
                "run_" + column + "_check")
            .fetchSingle()
            .get(0, String.class);
    Set<String> values = new TreeSet<>();
    Matcher quotes = Pattern.compile("'([A-Z_]+)'").matcher(check);
    while (quotes.find()) {
      values.add(quotes.group(1));
    }
    return values;
  }

  private static Set<String> names(Enum<?>[] values) {
    Set<String> names = new TreeSet<>();
    Arrays.stream(values).map(Enum::name).forEach(names::add);
    return names;
  }

  @Test
  void api_hasTheStatesAndReasonsOfTheEnums() {
    for (RunState state : RunState.values()) {
      assertThat(dev.berth.v1.RunState.valueOf("RUN_STATE_" + state).getNumber()).isPositive();
    }
    for (EndReason reason : EndReason.values()) {
      assertThat(dev.berth.v1.EndReason.valueOf("END_REASON_" + reason).getNumber()).isPositive();
    }
    assertThat(dev.berth.v1.EndReason.values()).hasSize(EndReason.values().length + 2);
  }

  @Test
  void terminalStates_leadNowhere_andEveryOtherStateCanBeCancelled() {
    assertThat(EnumSet.allOf(RunState.class).stream().filter(RunState::terminal))
        .containsExactly(
            RunState.SUCCEEDED,
            RunState.FAILED,
            RunState.CANCELED,
            RunState.SKIPPED,
            RunState.EXPIRED);
    assertThat(EnumSet.allOf(RunState.class).stream().filter(state -> !state.terminal()))
        .allMatch(state -> state.canBecome(RunState.CANCELED));
  }

  @Test
  void diagram_inTheDocumentation_isTheTransitionTable() throws Exception {
    StringBuilder diagram = new StringBuilder("```mermaid\nstateDiagram-v2\n  [*] --> QUEUED\n");
    for (RunState state : RunState.values()) {
      state.next().forEach(next -> diagram.append("  %s --> %s\n".formatted(state, next)));
    }
    for (RunState state : RunState.values()) {
      if (state.terminal()) {
        diagram.append("  %s --> [*]\n".formatted(state));
      }
    }
    diagram.append("```\n");
    assertThat(Files.readString(Path.of("..", "docs", "STATES.md"))).contains(diagram);
  }
}
