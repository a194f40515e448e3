package dev.berth.executor;

import dev.berth.executor.link.HelloFacts.HostCapacity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this host is. */
final class HostFacts {

  /** A worker's CPU is a ceiling it rarely touches, not a share set aside. */
  private static final int CPU_GIVEN_OUT = 4;

  private HostFacts() {}

  static int uid() {
    try {
      return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot tell whom this process runs as", e);
    }
  }

  static String bootId() {
    return line(Path.of("/proc/sys/kernel/random/boot_id"));
  }

  /** All of the host's memory and disk, and each core four times over. */
  static HostCapacity capacity(int workers, Path disk) {
    return new HostCapacity(
        workers,
        Runtime.getRuntime().availableProcessors() * 1000 * CPU_GIVEN_OUT,
        memoryBytes(),
        totalDisk(disk));
  }

  static long freeDisk(Path disk) {
    try {
      return Files.getFileStore(disk).getUsableSpace();
    } catch (IOException e) {
      return 0;
    }
  }

  private static long totalDisk(Path disk) {
    try {
      return Files.getFileStore(disk).getTotalSpace();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot tell the size of the disk", e);
    }
  }

  private static long memoryBytes() {
    try (var lines = Files.lines(Path.of("/proc/meminfo"))) {
      return lines
          .filter(line -> line.startsWith("MemTotal:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot tell the size of the memory", e);
    }
  }

  private static String line(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }
}
