package dev.berth.controlplane.platform.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a killed control plane leaves behind: a PostgreSQL that goes on, or its {@code
 * postmaster.pid} with a number that by now may be anybody's.
 */
final class OrphanedPostmaster {
  private static final long STOP_WAIT_MS = 30_000;
  private static final Logger log = LoggerFactory.getLogger(OrphanedPostmaster.class);

  private OrphanedPostmaster() {}

  /** Stops the server of {@code data} if one runs (fast shutdown), and removes a stale pid file. */
  static void stop(Path data) {
    Path pidFile = data.resolve("postmaster.pid");
    try {
      if (!Files.exists(pidFile)) {
        return;
      }
      List<String> lines = Files.readAllLines(pidFile);
      long pid = lines.isEmpty() ? 0 : parse(lines.getFirst());
      if (pid > 0 && serves(pid, data)) {
        log.info("stopping the PostgreSQL a killed control plane left behind, process {}", pid);
        interrupt(pid);
        await(pid);
      }
      Files.deleteIfExists(pidFile);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + pidFile, e);
    }
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

  private static void await(long pid) {
    CountDownLatch gone = new CountDownLatch(1);
    ProcessHandle.of(pid)
        .ifPresentOrElse(p -> p.onExit().thenRun(gone::countDown), gone::countDown);
    try {
      if (!gone.await(STOP_WAIT_MS, TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("the PostgreSQL of process " + pid + " does not stop");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while PostgreSQL stops", e);
    }
  }
}
