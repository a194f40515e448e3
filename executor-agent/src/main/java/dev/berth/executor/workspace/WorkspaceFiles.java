package dev.berth.executor.workspace;

import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.Errno;
import dev.berth.executor.linux.ErrnoException;
import dev.berth.executor.linux.FileStat;
import dev.berth.executor.linux.FileType;
import dev.berth.executor.linux.OpenFile;
import dev.berth.executor.linux.RelativePath;
import dev.berth.executor.workspace.FileInfo.Listing;
import dev.berth.executor.workspace.FileInfo.Moved;
import dev.berth.executor.workspace.FileInfo.Sink;
import dev.berth.executor.workspace.WorkspaceException.Reason;
import dev.berth.format.Bytes;
import dev.berth.format.FileName;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PriorityQueue;

/**
 * Files of a workspace for those outside the sandbox. No link is ever followed and the workspace
 * never left, whatever the sandbox does meanwhile; what is written is the sandbox user's. Every
 * method throws {@link WorkspaceException} with a reason of its own or HOST. Safe for many threads,
 * which are held while the disk is used.
 */
public final class WorkspaceFiles {
  static final int BLOCK = 64 << 10;

  private final CopyFiles files;
  private final CopyLimits limits;
  private final FileFinish finish;

  WorkspaceFiles(CopyFiles files, CopyLimits limits, Owner owner) {
    this.files = files;
    this.limits = limits;
    this.finish = new FileFinish(owner);
  }

  /** Runs one operation with the copy's top directory, its staging area and the workspace open. */
  private interface Operation<T> {
    T run(Staging staging) throws IOException;
  }

  private <T> T with(Operation<T> operation) throws IOException {
    try (Staging staging = new Staging(files, finish)) {
      return operation.run(staging);
    } catch (ErrnoException e) {
      throw WorkspaceException.of(e);
    }
  }

  public FileInfo stat(RelativePath path) throws IOException {
    return with(s -> info(s.workspace(), path));
  }

  static FileInfo info(Directory workspace, RelativePath path) throws IOException {
    if (path.isRoot()) {
      return info(path, workspace.stat(), Optional.empty());
    }
    try (Directory parent = workspace.openDirectory(path.parent())) {
      return info(parent, path.name(), path);
    }
  }

  private static FileInfo info(Directory parent, FileName name, RelativePath path)
      throws IOException {
    FileStat stat = parent.stat(name);
    Optional<Bytes> target =
        stat.type() == FileType.SYMLINK
            ? Optional.of(new Bytes(parent.readLink(name)))
            : Optional.empty();
    return info(path, stat, target);
  }

  private static FileInfo info(RelativePath path, FileStat stat, Optional<Bytes> target) {
    long size = stat.type() == FileType.REGULAR ? stat.size() : 0;
    return new FileInfo(
        path,
        stat.type(),
        size,
        stat.mode() & 0777,
        stat.mtimeSeconds(),
        stat.mtimeNanos(),
        target);
  }

  /**
   * A directory's entries in the order of their names.
   *
   * @param after only names behind this one
   * @param limit at least 1
   */
  public Listing list(RelativePath path, Optional<FileName> after, int limit) throws IOException {
    return with(s -> {
      try (Directory directory = s.workspace().openDirectory(path)) {
        List<FileName> names = firstNames(directory, after, limit + 1);
        List<FileInfo> infos = new ArrayList<>();
        for (FileName name : names.subList(0, Math.min(limit, names.size()))) {
          try {
            infos.add(info(directory, name, path.resolve(name)));
          } catch (ErrnoException e) {
            if (!e.is(Errno.ENOENT) && !e.is(Errno.EINVAL)) {
              throw e;
            }
          }
        }
        return new Listing(infos, names.size() > limit);
      }
    });
  }

  private static List<FileName> firstNames(Directory directory, Optional<FileName> after, int count)
      throws IOException {
    PriorityQueue<FileName> first = new PriorityQueue<>(Collections.reverseOrder());
    directory.forEachEntry(entry -> {
      if (after.isEmpty() || entry.name().compareTo(after.get()) > 0) {
        first.add(entry.name());
        if (first.size() > count) {
          first.remove();
        }
      }
      return true;
    });
    List<FileName> names = new ArrayList<>(first);
    Collections.sort(names);
    return names;
  }

  /**
   * Reads a file as it is while it is read.
   *
   * @param length 0 means to the end
   * @throws WorkspaceException OFFSET_OUT_OF_RANGE if {@code offset} is beyond the end
   */
  public void read(RelativePath path, long offset, long length, Sink sink) throws IOException {
    with(s -> {
      try (OpenFile file = s.workspace().openFile(path, Directory.Access.READ)) {
        FileInfo info = info(path, file.stat(), Optional.empty());
        if (offset > info.size()) {
          throw new WorkspaceException(
              Reason.OFFSET_OUT_OF_RANGE, path + " has " + info.size() + " bytes");
        }
        sink.begin(info);
        long end = length == 0 ? Long.MAX_VALUE : offset + length;
        byte[] block = new byte[BLOCK];
        for (long at = offset; at < end; ) {
          int got = file.read(at, block, 0, (int) Math.min(BLOCK, end - at));
          if (got == 0) {
            break;
          }
          sink.data(block, got);
          at += got;
        }
      }
      return path;
    });
  }

  /**
   * Writes a whole file: readers see the old or the new. Missing parents are made.
   *
   * @param createOnly refuse with PATH_EXISTS if anything stands there
   */
  public FileInfo write(RelativePath path, int mode, boolean createOnly, InputStream content)
      throws IOException {
    refuseRoot(path);
    return with(s -> {
      try (Directory parent = s.parents(path.parent())) {
        s.file(parent, path.name(), mode, Optional.empty(), createOnly, content);
        return info(parent, path.name(), path);
      }
    });
  }

  /**
   * Writes into a file as it stands; one that is missing is made where the bytes are its first.
   *
   * @param at the offset of the first byte; empty means behind the last
   * @throws WorkspaceException OFFSET_OUT_OF_RANGE if it is beyond the end
   */
  public FileInfo writeInto(RelativePath path, int mode, OptionalLong at, InputStream content)
      throws IOException {
    refuseRoot(path);
    return with(s -> {
      try (Directory parent = s.parents(path.parent())) {
        if (at.orElse(0) == 0 && !exists(parent, path.name())) {
          s.file(parent, path.name(), mode, Optional.empty(), true, InputStream.nullInputStream());
        }
        try (OpenFile file = parent.openFile(path.name(), Directory.Access.READ_WRITE)) {
          long size = file.stat().size();
          if (at.orElse(0) > size) {
            throw new WorkspaceException(
                Reason.OFFSET_OUT_OF_RANGE, path + " has " + size + " bytes");
          }
        }
        put(parent, path.name(), at, content);
        return info(parent, path.name(), path);
      }
    });
  }

  private static boolean exists(Directory parent, FileName name) throws IOException {
    try {
      return parent.stat(name).links() > 0;
    } catch (ErrnoException e) {
      if (e.is(Errno.ENOENT)) {
        return false;
      }
      throw e;
    }
  }

  private static void put(Directory parent, FileName name, OptionalLong at, InputStream content)
      throws IOException {
    var access = at.isPresent() ? Directory.Access.READ_WRITE : Directory.Access.APPEND;
    byte[] block = new byte[BLOCK];
    try (OpenFile file = parent.openFile(name, access)) {
      long to = at.orElse(0);
      for (int got = content.read(block); got >= 0; got = content.read(block)) {
        if (at.isPresent()) {
          file.write(to, block, 0, got);
        } else {
          file.append(block, 0, got);
        }
        to += got;
      }
    }
  }

  /**
   * Gives what stands at a path another one, in one step; a link itself, not what it leads to.
   * Missing parents are made.
   *
   * @throws WorkspaceException PATH_EXISTS unless {@code overwrite}
   */
  public FileInfo move(RelativePath from, RelativePath to, boolean overwrite) throws IOException {
    refuseRoot(from);
    refuseRoot(to);
    return with(s -> {
      try (Directory source = s.workspace().openDirectory(from.parent())) {
        source.stat(from.name());
        try (Directory target = s.parents(to.parent())) {
          source.rename(from.name(), target, to.name(), overwrite);
          return info(target, to.name(), to);
        }
      }
    });
  }

  /**
   * Sets the permission bits of a file or directory.
   *
   * @throws WorkspaceException PATH_TYPE for anything else
   */
  public FileInfo setMode(RelativePath path, int mode) throws IOException {
    refuseRoot(path);
    return with(s -> {
      try (Directory parent = s.workspace().openDirectory(path.parent())) {
        if (parent.stat(path.name()).type() == FileType.DIRECTORY) {
          try (Directory directory = parent.openDirectory(path.name())) {
            directory.chmod(mode & 0777);
          }
        } else {
          try (OpenFile file = parent.openFile(path.name(), Directory.Access.READ)) {
            file.chmod(mode & 0777);
          }
        }
        return info(parent, path.name(), path);
      }
    });
  }

  /** Makes a directory and its parents; one that is there already is success. */
  public FileInfo makeDirectory(RelativePath path) throws IOException {
    return with(s -> {
      s.parents(path).close();
      return info(s.workspace(), path);
    });
  }

  /**
   * Removes a file, link or directory.
   *
   * @throws WorkspaceException DIRECTORY_NOT_EMPTY unless {@code recursive}
   */
  public void delete(RelativePath path, boolean recursive) throws IOException {
    refuseRoot(path);
    with(s -> {
      try (Directory parent = s.workspace().openDirectory(path.parent())) {
        boolean directory = parent.stat(path.name()).type() == FileType.DIRECTORY;
        if (!directory) {
          parent.unlink(path.name());
        } else if (recursive) {
          s.removeTree(parent, path.name());
        } else {
          parent.removeDirectory(path.name());
        }
      }
      return path;
    });
  }

  /**
   * Unpacks a tar stream into a directory, made if missing. Files are replaced each at once;
   * nothing else is removed. After a failure what was unpacked stays.
   *
   * @throws WorkspaceException ARCHIVE_INVALID, for absolute and {@code ..} names too
   */
  public Moved push(RelativePath path, InputStream tar) throws IOException {
    return with(s -> {
      try (Directory into = s.parents(path)) {
        return new TarUnpacker(into, s, limits).unpack(tar);
      }
    });
  }

  /** Packs a directory's entries, or one file, into a tar stream; the stream is left open. */
  public Moved pull(RelativePath path, OutputStream tar) throws IOException {
    return with(s -> new TarPacker(tar, limits).pack(s.workspace(), path));
  }

  private static void refuseRoot(RelativePath path) throws WorkspaceException {
    if (path.isRoot()) {
      throw new WorkspaceException(Reason.PATH_INVALID, "the workspace itself is not a file");
    }
  }
}
