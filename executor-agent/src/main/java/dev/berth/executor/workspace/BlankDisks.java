package dev.berth.executor.workspace;

import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.OpenFile;
import dev.berth.format.FileName;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Makes the file systems of new disks. The first of a size is made by {@code mkfs}; what of it is
 * not zero, some hundred KiB, is kept and written for each that follows. So disks of one size have
 * the same UUID, by which nobody looks for them. Safe for many threads.
 */
final class BlankDisks {
  private static final int MOST_SIZES = 8;
  private static final int MOST_BYTES = 1 << 20;

  private record Stretch(long position, byte[] data) {}

  private final Map<Long, List<Stretch>> known = new LinkedHashMap<>();

  /**
   * Makes an empty one; what stood in its place is gone. The sandbox cannot use the last 2 %: so
   * what it filled to the brim can be restored to a disk of the same size.
   */
  void make(Path image, long bytes) throws IOException {
    Path fresh = image.resolveSibling(image.getFileName() + ".new");
    try (RandomAccessFile file = new RandomAccessFile(fresh.toFile(), "rw")) {
      file.setLength(0);
      file.setLength(bytes);
      Optional<List<Stretch>> blank = known(bytes);
      for (Stretch stretch : blank.orElse(List.of())) {
        file.seek(stretch.position());
        file.write(stretch.data());
      }
      if (blank.isEmpty()) {
        format(fresh);
        remember(bytes, fresh);
      }
    }
    Files.move(fresh, image, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void format(Path image) throws IOException {
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
            image.toString()));
  }

  private synchronized Optional<List<Stretch>> known(long bytes) {
    return Optional.ofNullable(known.get(bytes));
  }

  private void remember(long bytes, Path image) throws IOException {
    List<Stretch> stretches = stretches(image);
    synchronized (this) {
      if (stretches.stream().mapToInt(s -> s.data().length).sum() <= MOST_BYTES) {
        known.put(bytes, stretches);
      }
      if (known.size() > MOST_SIZES) {
        known.remove(known.keySet().iterator().next());
      }
    }
  }

  /** What of it is not a hole, and a little more than {@link #MOST_BYTES} at most. */
  private static List<Stretch> stretches(Path image) throws IOException {
    List<Stretch> stretches = new ArrayList<>();
    try (Directory parent = Directory.open(Objects.requireNonNull(image.getParent()));
        OpenFile file =
            parent.openFile(FileName.of(image.getFileName().toString()), Directory.Access.READ)) {
      int left = MOST_BYTES + 1;
      for (long at = file.nextData(0); at >= 0 && left > 0; at = file.nextData(at)) {
        byte[] data = new byte[(int) Math.min(file.nextHole(at) - at, left)];
        file.read(at, data, 0, data.length);
        stretches.add(new Stretch(at, data));
        at += data.length;
        left -= data.length;
      }
    }
    return stretches;
  }
}
