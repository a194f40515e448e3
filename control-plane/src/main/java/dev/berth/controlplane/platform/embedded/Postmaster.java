package dev.berth.controlplane.platform.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a killed control plane leaves behind: a PostgreSQL that goes on, or its {@code
 * postmaster.pid} with a number that by now may be anybody's.
 */
final class Postmaster {
  private static final long STOP_WAIT_MS = 30_000;
  private static final long LOOK_AGAIN_MS = 100;
  private static final Logger log = LoggerFactory.getLogger(Postmaster.class);

  private Postmaster() {}

  /** Stops the server of {@code data} if one runs (fast shutdown), and removes a stale pid file. */
  static void stop(Path data) {
    Path pidFile = data.resolve("postmaster.pid");
    try {
      Optional<ProcessHandle> running = running(data);
      if (running.isPresent()) {
        long pid = running.get().pid();
        log.info("stopping the PostgreSQL a killed control plane left behind, process {}", pid);
        interrupt(pid);
        await(running.get(), data);
      }
      Files.deleteIfExists(pidFile);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + pidFile, e);
    }
  }

  /** The process that serves {@code data}; empty when none does. */
  static Optional<ProcessHandle> running(Path data) throws IOException {
    Path pidFile = data.resolve("postmaster.pid");
    if (!Files.exists(pidFile)) {
      return Optional.empty();
    }
    List<String> lines = Files.readAllLines(pidFile);
    long pid = lines.isEmpty() ? 0 : parse(lines.getFirst());
    return pid > 0 && serves(pid, data) ? ProcessHandle.of(pid) : Optional.empty();
  }

  private static long parse(String text) {
    try {
      return Long.parseLong(text.strip());
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /**
   * Its arguments name the directory; the file in /proc also tells those of processes that are not
   * ours.
   */
  private static boolean serves(long pid, Path data) throws IOException {
    Path arguments = Path.of("/proc", Long.toString(pid), "cmdline");
    if (!Files.exists(arguments)) {
      return false;
    }
    String line = new String(Files.readAllBytes(arguments), StandardCharsets.UTF_8);
    return List.of(line.split("\0", -1)).contains(data.toString());
  }

  private static void interrupt(long pid) throws IOException {
    new ProcessBuilder("kill", "-INT", Long.toString(pid)).inheritIO().start();
  }

  /**
   * Its end is seen in /proc: a dead process whose parent does not reap it still counts as alive.
   */
  private static void await(ProcessHandle process, Path data) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(STOP_WAIT_MS);
    while (serves(process.pid(), data)) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "the PostgreSQL of process " + process.pid() + " does not stop");
      }
      exited(process);
    }
  }

  private static void exited(ProcessHandle process) {
    try {
      process.onExit().get(LOOK_AGAIN_MS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      log.debug("process {} is still there", process.pid());
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while PostgreSQL stops", e);
    }
  }
}
