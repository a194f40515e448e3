package dev.berth.executor.workspace;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.FileStat;
import dev.berth.executor.linux.FileType;
import dev.berth.executor.linux.OpenFile;
import dev.berth.executor.linux.RelativePath;
import dev.berth.format.FileName;
import dev.berth.format.Sha256;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * Describes trees so that two can be compared: every entry with type, mode, time, and content or
 * target.
 */
final class Trees {
  private Trees() {}

  static Map<String, String> describe(Path root) throws IOException {
    Map<String, String> described = new TreeMap<>();
    try (Directory directory = Directory.open(root)) {
      FileStat stat = directory.stat();
      described.put("", line(stat));
      describe(directory, RelativePath.ROOT, described::put);
    }
    return described;
  }

  /** As {@link #describe}, of trees that are too large to be held. */
  static Sha256 digest(Path root) throws IOException {
    MessageDigest digest = Sha256.digest();
    try (Directory directory = Directory.open(root)) {
      digest.update(line(directory.stat()).getBytes(UTF_8));
      describe(
          directory,
          RelativePath.ROOT,
          (path, line) -> digest.update((path + " " + line + "\n").getBytes(UTF_8)));
    }
    return Sha256.finish(digest);
  }

  private static String line(FileStat stat) {
    return "%s %o %d.%09d"
        .formatted(stat.type(), stat.mode(), stat.mtimeSeconds(), stat.mtimeNanos());
  }

  private static void describe(
      Directory directory, RelativePath at, BiConsumer<String, String> described)
      throws IOException {
    List<FileName> names = new ArrayList<>();
    directory.forEachEntry(entry -> names.add(entry.name()));
    names.sort(Comparator.naturalOrder());
    for (FileName name : names) {
      FileStat stat = directory.stat(name);
      String line = line(stat);
      RelativePath path = at.resolve(name);
      if (stat.type() == FileType.REGULAR) {
        line += " " + stat.size() + " " + digest(directory, name);
      } else if (stat.type() == FileType.SYMLINK) {
        line += " " + FileNameText.of(directory.readLink(name));
      }
      described.accept(path.toString(), line);
      if (stat.type() == FileType.DIRECTORY) {
        try (Directory below = directory.openDirectory(name)) {
          describe(below, path, described);
        }
      }
    }
  }

  /** Of the data only, with where it is: holes cost nothing. */
  private static Sha256 digest(Directory directory, FileName name) throws IOException {
    MessageDigest digest = Sha256.digest();
    try (OpenFile file = directory.openFile(name, Directory.Access.READ)) {
      long size = file.stat().size();
      byte[] block = new byte[(int) Math.min(4 << 20, size)];
      for (long at = file.nextData(0); at >= 0 && at < size; at = file.nextData(at)) {
        long start = at - at % block.length;
        int got = file.read(start, block, 0, block.length);
        boolean zero = true;
        for (int i = 0; zero && i < got; i++) {
          zero = block[i] == 0;
        }
        if (!zero) {
          digest.update(Long.toString(start).getBytes(UTF_8));
          digest.update(block, 0, got);
        }
        at = start + block.length;
      }
    }
    return Sha256.finish(digest);
  }

  /** Bytes as Latin-1, which loses none. */
  static final class FileNameText {
    private FileNameText() {}

    static String of(byte[] bytes) {
      return new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
    }
  }
}
