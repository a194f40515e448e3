package dev.berth.executor.workspace;

import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.Errno;
import dev.berth.executor.linux.ErrnoException;
import dev.berth.executor.linux.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A copy's own disk: an ext4 file system in a sparse file, so that the disk limit is the kernel's.
 * It has no journal: what a power cut breaks is repaired, then compared in full, before it is
 * trusted again.
 */
final class Volume {
  private static final String OPTIONS = "noinit_itable,nobarrier";

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
      new BlankDisks().make(image, 16 << 20);
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

  /** Repairs what a power cut may have left. */
  void repair() throws IOException {
    HostCommand.run(1, List.of("e2fsck", "-y", image.toString()));
  }

  void mount() throws IOException {
    HeavyWork.onItsOwnThread(
        "mount",
        () -> {
          try {
            Mounts.image(image, mountPoint, OPTIONS);
          } catch (ErrnoException e) {
            if (!e.is(Errno.EINVAL) && !e.is(Errno.ENOTTY) && !e.is(Errno.ENOENT)) {
              throw e;
            }
            mountByProgram(); // an old kernel, or a host that makes devices in its own way
          }
          return null;
        });
  }

  private void mountByProgram() throws IOException {
    HostCommand.run(
        0,
        List.of(
            "mount",
            "-t",
            "ext4",
            "-o",
            "loop,nosuid,nodev,noatime," + OPTIONS,
            image.toString(),
            mountPoint.toString()));
  }

  /**
   * Also while something still has a file of it open: the disk then goes with the last of those.
   */
  void unmount() throws IOException {
    HeavyWork.onItsOwnThread(
        "unmount",
        () -> {
          Mounts.detach(mountPoint);
          return null;
        });
  }
}
