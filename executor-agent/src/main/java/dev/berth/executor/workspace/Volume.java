package dev.berth.executor.workspace;

import dev.berth.executor.linux.Directory;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A copy's own disk: an ext4 file system in a sparse file, so that the disk limit is the kernel's.
 * It has no journal: what a power cut breaks is repaired, then compared in full, before it is
 * trusted again.
 */
final class Volume {
  private final Path image;
  private final Path mountPoint;

  Volume(Path image, Path mountPoint) {
    this.image = image;
    this.mountPoint = mountPoint;
  }

  /** Whether this host can make one, found out by doing it. */
  static boolean usable(Path scratch) {
    Path image = scratch.resolve("probe.img");
    Path mountPoint = scratch.resolve("probe");
    try {
      Files.createDirectories(mountPoint);
      Volume probe = new Volume(image, mountPoint);
      probe.create(16 << 20);
      probe.mount();
      probe.unmount();
      return true;
    } catch (IOException e) {
      return false;
    } finally {
      image.toFile().delete();
      mountPoint.toFile().delete();
    }
  }

  boolean exists() {
    return Files.exists(image);
  }

  boolean mounted() throws IOException {
    try (Directory directory = Directory.open(mountPoint)) {
      return directory.stat().mountRoot();
    }
  }

  /**
   * Makes an empty one; what stood in its place is gone. The sandbox cannot use the last 2 %: so
   * what it filled to the brim can be restored to a disk of the same size.
   */
  void create(long bytes) throws IOException {
    Path fresh = image.resolveSibling(image.getFileName() + ".new");
    try (RandomAccessFile file = new RandomAccessFile(fresh.toFile(), "rw")) {
      file.setLength(0);
      file.setLength(bytes);
    }
    HostCommand.run(
        0,
        List.of(
            "mkfs.ext4",
            "-q",
            "-F",
            "-O",
            "^has_journal,^resize_inode",
            "-E",
            "lazy_itable_init=1,nodiscard,root_owner=0:0",
            "-b",
            "4096",
            "-I",
            "256",
            "-i",
            "8192",
            "-m",
            "2",
            fresh.toString()));
    Files.move(fresh, image, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  /** Repairs what a power cut may have left. */
  void repair() throws IOException {
    HostCommand.run(1, List.of("e2fsck", "-y", image.toString()));
  }

  void mount() throws IOException {
    HostCommand.run(
        0,
        List.of(
            "mount",
            "-t",
            "ext4",
            "-o",
            "loop,nosuid,nodev,noatime,noinit_itable,nobarrier",
            image.toString(),
            mountPoint.toString()));
  }

  /**
   * Also while something still has a file of it open: the disk then goes with the last of those.
   */
  void unmount() throws IOException {
    HostCommand.run(0, List.of("umount", "--lazy", mountPoint.toString()));
  }
}
