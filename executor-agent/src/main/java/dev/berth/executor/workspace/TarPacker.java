package dev.berth.executor.workspace;

import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.Errno;
import dev.berth.executor.linux.ErrnoException;
import dev.berth.executor.linux.FileStat;
import dev.berth.executor.linux.FileType;
import dev.berth.executor.linux.OpenFile;
import dev.berth.executor.linux.RelativePath;
import dev.berth.executor.workspace.FileInfo.Moved;
import dev.berth.format.FileName;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Packs files into a POSIX pax tar stream, in the order of their names. What vanishes meanwhile is
 * left out; a file that shrinks is filled up with zeros, one that grows is cut. For one stream.
 */
final class TarPacker {
  private static final int FIELD = 100;
  private static final byte[] NONE = {};

  private final OutputStream tar;
  private final CopyLimits limits;
  private final byte[] block = new byte[WorkspaceFiles.BLOCK];
  private long files;
  private long bytes;

  TarPacker(OutputStream tar, CopyLimits limits) {
    this.tar = tar;
    this.limits = limits;
  }

  Moved pack(Directory workspace, RelativePath path) throws IOException {
    if (path.isRoot() || workspace.stat(path).type() == FileType.DIRECTORY) {
      try (Directory directory = workspace.openDirectory(path)) {
        entries(directory, RelativePath.ROOT);
      }
    } else {
      try (Directory parent = workspace.openDirectory(path.parent())) {
        FileStat stat = parent.stat(path.name());
        if (stat.type() != FileType.REGULAR && stat.type() != FileType.SYMLINK) {
          throw new ErrnoException(Errno.EINVAL, "pull", path);
        }
        entry(parent, path.name(), stat, new RelativePath(List.of(path.name())));
      }
    }
    tar.write(new byte[2 * TarHeader.BLOCK]);
    tar.flush();
    return new Moved(files, bytes);
  }

  private void entries(Directory directory, RelativePath at) throws IOException {
    List<FileName> names = new ArrayList<>();
    directory.forEachEntry(entry -> {
      names.add(entry.name());
      return names.size() <= limits.entries();
    });
    Collections.sort(names);
    for (FileName name : names) {
      try {
        entry(directory, name, directory.stat(name), at.resolve(name));
      } catch (ErrnoException e) {
        if (!e.is(Errno.ENOENT) && !e.isOtherType()) {
          throw e;
        }
      }
    }
  }

  private void entry(Directory parent, FileName name, FileStat stat, RelativePath path)
      throws IOException {
    if (path.depth() > limits.depth() + 1 || path.byteLength() > CopyLimits.PATH_BYTES) {
      throw new WorkspaceException(
          WorkspaceException.Reason.LIMIT, "directories are nested too deep to be packed");
    }
    switch (stat.type()) {
      case REGULAR -> {
        try (OpenFile file = parent.openFile(name, Directory.Access.READ)) {
          file(file, path);
        }
      }
      case SYMLINK -> {
        byte[] target = parent.readLink(name);
        header('2', path.toBytes(), target, 0777, 0, stat.mtimeSeconds());
        files++;
      }
      case DIRECTORY -> {
        try (Directory directory = parent.openDirectory(name)) {
          byte[] text = path.toBytes();
          byte[] slashed = java.util.Arrays.copyOf(text, text.length + 1);
          slashed[text.length] = '/';
          header('5', slashed, NONE, stat.mode() & 0777, 0, stat.mtimeSeconds());
          entries(directory, path);
        }
      }
      case FIFO, SPECIAL, UNKNOWN -> {}
    }
  }

  private void file(OpenFile file, RelativePath path) throws IOException {
    FileStat stat = file.stat();
    header('0', path.toBytes(), NONE, stat.mode() & 0777, stat.size(), stat.mtimeSeconds());
    long at = 0;
    while (at < stat.size()) {
      int want = (int) Math.min(block.length, stat.size() - at);
      int got = file.read(at, block, 0, want);
      java.util.Arrays.fill(block, got, want, (byte) 0);
      tar.write(block, 0, want);
      at += want;
    }
    pad(stat.size());
    files++;
    bytes += stat.size();
  }

  private void header(char type, byte[] name, byte[] link, int mode, long size, long mtime)
      throws IOException {
    ByteArrayOutputStream pax = new ByteArrayOutputStream();
    if (name.length > FIELD) {
      record(pax, "path", name);
    }
    if (link.length > FIELD) {
      record(pax, "linkpath", link);
    }
    if (size >= 1L << 33) {
      record(pax, "size", Long.toString(size).getBytes(StandardCharsets.US_ASCII));
    }
    if (pax.size() > 0) {
      byte[] fields = "pax".getBytes(StandardCharsets.US_ASCII);
      tar.write(TarHeader.write('x', fields, NONE, 0644, pax.size(), 0));
      pax.writeTo(tar);
      pad(pax.size());
    }
    tar.write(TarHeader.write(type, name, link, mode, size, mtime));
  }

  /** A record's length counts its own digits. */
  private static void record(ByteArrayOutputStream pax, String key, byte[] value)
      throws IOException {
    int rest = key.length() + value.length + 3;
    int length = rest + 1;
    while (Integer.toString(length).length() + rest != length) {
      length++;
    }
    pax.write((length + " " + key + "=").getBytes(StandardCharsets.US_ASCII));
    pax.write(value);
    pax.write('\n');
  }

  private void pad(long size) throws IOException {
    tar.write(new byte[(int) (-size & (TarHeader.BLOCK - 1))]);
  }
}
