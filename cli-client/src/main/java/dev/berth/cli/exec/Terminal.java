package dev.berth.cli.exec;

import dev.berth.v1.TerminalSize;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The user's terminal, driven by {@code stty}: raw while this is open, so that every key is a byte
 * for the exec, and as it was before afterwards.
 */
final class Terminal implements AutoCloseable {
  private static final File DEVICE = new File("/dev/tty");
  private static final long LIMIT_SECONDS = 5;

  private final String before;
  private final Thread hook = Thread.ofPlatform().name("restore-terminal").unstarted(this::restore);

  private Terminal(String before) {
    this.before = before;
  }

  /** Empty where there is none. */
  static Optional<Terminal> raw() {
    var before = stty("-g");
    if (before.isEmpty()) {
      return Optional.empty();
    }
    var terminal = new Terminal(before.get());
    Runtime.getRuntime().addShutdownHook(terminal.hook);
    return stty("raw", "-echo").map(done -> terminal);
  }

  /** Empty where there is none, or it does not know its size. */
  static Optional<TerminalSize> size() {
    return stty("size")
        .map(text -> text.split(" "))
        .filter(numbers -> numbers.length == 2)
        .map(numbers ->
            TerminalSize.newBuilder()
                .setRows(Integer.parseInt(numbers[0]))
                .setColumns(Integer.parseInt(numbers[1]))
                .build())
        .filter(size -> size.getRows() > 0 && size.getColumns() > 0);
  }

  private static Optional<String> stty(String... arguments) {
    try {
      var process =
          new ProcessBuilder(Stream.concat(Stream.of("stty"), Stream.of(arguments)).toList())
              .redirectInput(DEVICE)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      boolean done = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
      return done && process.exitValue() == 0 ? Optional.of(said.strip()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private void restore() {
    boolean restored = stty(before).isPresent();
    assert restored;
  }

  @Override
  public void close() {
    restore();
  }
}
