package dev.berth.controlplane.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.controlplane.session.SessionState;
import dev.berth.controlplane.worker.WorkerState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every type that the code records stands in docs/EVENTS.md. */
final class EventTypesTest {
  private static final Pattern TYPE =
      Pattern.compile(
          "\"((?:pool|queue|session|worker|exec|copy|executor|workspace|snapshot|artifact|run)\\.[a-z_]+)\"");

  @Test
  void everyType_isDocumented() throws Exception {
    Set<String> types = new TreeSet<>();
    try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        Matcher literals = TYPE.matcher(read(file));
        while (literals.find()) {
          types.add(literals.group(1));
        }
      }
    }
    Arrays.stream(SessionState.values()).forEach(state -> types.add("session." + lower(state)));
    Arrays.stream(WorkerState.values()).forEach(state -> types.add("worker." + lower(state)));
    String documentation = Files.readString(Path.of("..", "docs", "EVENTS.md"));
    assertThat(types).isNotEmpty().allMatch(type -> documentation.contains("`" + type + "`"));
  }

  private static String lower(Enum<?> state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
