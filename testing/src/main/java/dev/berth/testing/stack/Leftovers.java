package dev.berth.testing.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Removes what executors leave on purpose when they end: containers, mounted disks, files; and an
 * orphaned database.
 */
final class Leftovers {
  private Leftovers() {}

  static void remove(Path home, List<String> executorIds) {
    for (String id : executorIds) {
      Shell.run(
          "sh",
          "-c",
          "docker ps -aq -f label=dev.berth.executor=" + id + " | xargs -r docker rm -f");
    }
    stopPostgres(home.resolve("postgres/data/postmaster.pid"));
    unmount(home);
    delete(home);
  }

  private static void stopPostgres(Path pidFile) {
    if (Files.exists(pidFile)) {
      Shell.run("sh", "-c", "kill -INT $(head -n 1 " + pidFile + ")");
    }
  }

  private static void unmount(Path home) {
    try (Stream<String> mounts = Files.lines(Path.of("/proc/mounts"))) {
      mounts
          .map(line -> line.split(" ", -1)[1])
          .filter(point -> point.startsWith(home + "/"))
          .sorted(Comparator.reverseOrder())
          .forEach(point -> Shell.run("umount", "-l", point));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Journals of runs that were under way are still append-only. */
  private static void delete(Path home) {
    Shell.run("chattr", "-R", "-f", "-a", home.toString());
    Shell.run("rm", "-rf", "--one-file-system", home.toString());
  }
}
