package dev.berth.testing.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Runs commands of this machine and waits for them. */
public final class Shell {
  private Shell() {}

  /**
   * @param output standard output and standard error, as they came
   */
  public record Result(int exit, String output) {
    public List<String> lines() {
      return output.lines().toList();
    }
  }

  public static Result run(String... command) {
    return run(Path.of("."), Map.of(), command);
  }

  public static Result run(Path directory, Map<String, String> environment, String... command) {
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
      builder.environment().putAll(environment);
      Process process = builder.start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Result(process.waitFor(), output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in " + command[0], e);
    }
  }
}
