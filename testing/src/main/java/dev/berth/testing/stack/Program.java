package dev.berth.testing.stack;

import dev.berth.testing.Sources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One application of ours as a process of its own, started from the jars of the last build, as
 * {@code ./dev up} does.
 */
public final class Program {
  /** In the settings of a stack or executor: Java options, instead of those that suit tests. */
  public static final String JAVA_OPTIONS = "BERTH_TESTING_JAVA_OPTIONS";

  static final String QUICK_TO_START =
      "-Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED";
  private static final long GRACE_SECONDS = 20;

  private final Process process;
  private final Path log;

  private Program(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /**
   * @param module the directory of the application, such as {@code control-plane}
   * @param log gets what it prints, after what is there already
   */
  static Program start(
      String module,
      String mainClass,
      Map<String, String> environment,
      Path log,
      String... arguments) {
    return start(List.of(), target(module), module, mainClass, environment, log, arguments);
  }

  /** Where the last build left an application and, beside it, what it needs. */
  static Path target(String module) {
    return Sources.root().resolve(module).resolve("target");
  }

  /**
   * As {@link #start(String, String, Map, Path, String...)}.
   *
   * @param prefix a command that becomes the one it is given, such as {@code setpriv}
   * @param target where the application is
   */
  static Program start(
      List<String> prefix,
      Path target,
      String module,
      String mainClass,
      Map<String, String> environment,
      Path log,
      String... arguments) {
    Path jar = target.resolve("berth-" + module + "-0.1.0-SNAPSHOT.jar");
    if (!Files.exists(jar)) {
      throw new IllegalStateException(
          jar + " is not there: run `./mvnw package -DskipTests` first");
    }
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(environment.getOrDefault(JAVA_OPTIONS, QUICK_TO_START).split(" ")));
    command.addAll(List.of("-cp", jar + ":" + target.resolve("lib") + "/*", mainClass));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    try {
      return new Program(builder.start(), log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** SIGKILL, and waits until it is gone. Children of the process go on. */
  public void kill() {
    process.destroyForcibly();
    await();
  }

  /** SIGTERM, then SIGKILL where it has not ended in {@value #GRACE_SECONDS} s. */
  public void stop() {
    process.destroy();
    await();
  }

  /** A signal by name, such as {@code STOP} or {@code CONT}. */
  public void signal(String name) {
    Shell.run("kill", "-" + name, String.valueOf(pid()));
  }

  /** The last lines it printed. */
  public String tail() {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
    } catch (IOException e) {
      return "no log: " + e.getMessage();
    }
  }

  private void await() {
    try {
      if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
