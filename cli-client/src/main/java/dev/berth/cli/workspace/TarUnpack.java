package dev.berth.cli.workspace;

import dev.berth.cli.CliException;
import dev.berth.cli.ExitCode;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * Unpacks a tar stream of files that a sandbox wrote into a directory. Nothing in it is trusted: no
 * entry leaves the directory, by its name or through a link that stands there or that an earlier
 * entry made. Blocks of zeros become holes.
 */
public final class TarUnpack {
  private static final int BLOCK = 64 << 10;

  private final Path target;
  private final Charset names;
  private final List<Directory> directories = new ArrayList<>();
  private final List<String> renamed = new ArrayList<>();
  private final byte[] block = new byte[BLOCK];
  private long files;
  private long bytes;

  private record Directory(Path path, int mode, FileTime modified) {}

  /**
   * @param names how names stand in the stream: UTF-8, or ISO-8859-1 where each is the bytes it is
   */
  public TarUnpack(Path target, Charset names) throws IOException {
    this.target = target.toRealPath();
    this.names = names;
  }

  public void unpack(InputStream in) throws IOException {
    try (var tar = new TarArchiveInputStream(in, names.name())) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        unpack(tar, entry);
      }
    }
    for (Directory directory : directories.reversed()) {
      Files.setPosixFilePermissions(directory.path(), permissions(directory.mode()));
      Files.setLastModifiedTime(directory.path(), directory.modified());
    }
  }

  public long files() {
    return files;
  }

  public long bytes() {
    return bytes;
  }

  /** As what was written whose name this host's Java cannot write as it is. */
  public List<String> renamed() {
    return renamed;
  }

  private void unpack(TarArchiveInputStream tar, TarArchiveEntry entry) throws IOException {
    Path file = target.resolve(path(entry.getName())).normalize();
    Path below = entry.isDirectory() ? file.resolve("below") : file;
    if (!file.startsWith(target) || !contained(below)) {
      throw new CliException(
          ExitCode.FAILURE,
          "The files would be written outside " + target + ": " + entry.getName(),
          "Unpack into an empty directory; if that fails too, the sandbox sent a forged archive.");
    }
    if (entry.isDirectory()) {
      Files.createDirectories(file);
      directories.add(new Directory(file, entry.getMode(), entry.getLastModifiedTime()));
      return;
    }
    Path parent = file.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    if (entry.isSymbolicLink()) {
      Files.deleteIfExists(file);
      Files.createSymbolicLink(file, path(entry.getLinkName()));
      files++;
    } else if (entry.isFile()) {
      Files.deleteIfExists(file);
      write(tar, file, entry.getSize());
      Files.setPosixFilePermissions(file, permissions(entry.getMode()));
      Files.setLastModifiedTime(file, entry.getLastModifiedTime());
      files++;
      bytes += entry.getSize();
    }
  }

  private void write(InputStream in, Path file, long size) throws IOException {
    try (var out = new RandomAccessFile(Files.createFile(file).toFile(), "rw")) {
      long at = 0;
      for (int got = in.readNBytes(block, 0, BLOCK); got > 0; ) {
        if (!isZero(got)) {
          out.seek(at);
          out.write(block, 0, got);
        }
        at += got;
        got = in.readNBytes(block, 0, BLOCK);
      }
      out.setLength(size);
    }
  }

  private boolean isZero(int length) {
    for (int i = 0; i < length; i++) {
      if (block[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether every directory above the file, as far as there are any, is one and not a link. */
  private boolean contained(Path file) {
    for (Path above = file.getParent();
        above != null && !above.equals(target);
        above = above.getParent()) {
      if (Files.exists(above, LinkOption.NOFOLLOW_LINKS)
          && !Files.isDirectory(above, LinkOption.NOFOLLOW_LINKS)) {
        return false;
      }
    }
    return true;
  }

  private Path path(String name) {
    byte[] raw = name.getBytes(names);
    String text = new String(raw, StandardCharsets.UTF_8);
    try {
      if (text.indexOf('\ufffd') < 0) {
        return Path.of(text);
      }
    } catch (InvalidPathException e) {
      // Not in this host's file names; escaped below.
    }
    String escaped = escape(raw);
    renamed.add(escaped);
    return Path.of(escaped);
  }

  private static String escape(byte[] name) {
    var text = new StringBuilder();
    for (byte b : name) {
      if (b >= 0x20 && b < 0x7f) {
        text.append((char) b);
      } else {
        text.append(String.format("\\x%02x", b & 0xff));
      }
    }
    return text.toString();
  }

  static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
    PosixFilePermission[] all = PosixFilePermission.values();
    for (int i = 0; i < all.length; i++) {
      if ((mode & (0400 >> i)) != 0) {
        set.add(all[i]);
      }
    }
    return set;
  }
}
