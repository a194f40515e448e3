package dev.berth.executor.workspace;

import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.Errno;
import dev.berth.executor.linux.ErrnoException;
import dev.berth.executor.linux.FileType;
import dev.berth.executor.linux.OpenFile;
import dev.berth.executor.linux.RelativePath;
import dev.berth.format.FileName;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.UUID;

/**
 * Makes files out of the sandbox's sight, on the same file system, and gives each its place in one
 * step. For one operation and thread.
 */
final class Staging implements AutoCloseable {
  private final Directory top;
  private final Directory area;
  private final Directory workspace;
  private final FileFinish finish;
  private final byte[] block = new byte[WorkspaceFiles.BLOCK];

  /** When a file was last written; without, now. */
  record Modified(long seconds, int nanos) {}

  Staging(CopyFiles files, FileFinish finish) throws IOException {
    this.finish = finish;
    this.top = Directory.open(files.top());
    Directory opened = null;
    try {
      opened = top.openDirectory(CopyFiles.STAGING);
      this.workspace = top.openDirectory(FileName.of(CopyFiles.WORKSPACE));
      this.area = opened;
    } catch (IOException e) {
      if (opened != null) {
        opened.close();
      }
      top.close();
      throw e;
    }
  }

  Directory workspace() {
    return workspace;
  }

  /** Opens a directory of the workspace and makes what is missing of it. */
  Directory parents(RelativePath path) throws IOException {
    return parents(workspace, path);
  }

  /** Opens a directory below another and makes what is missing of it. */
  Directory parents(Directory from, RelativePath path) throws IOException {
    Directory at = from.openDirectory(RelativePath.ROOT);
    for (FileName name : path.names()) {
      try (Directory above = at) {
        at = openOrMake(above, name);
      }
    }
    return at;
  }

  private Directory openOrMake(Directory parent, FileName name) throws IOException {
    try {
      return parent.openDirectory(name);
    } catch (ErrnoException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
    FileName fresh = unused();
    area.makeDirectory(fresh, 0755);
    try (Directory made = area.openDirectory(fresh)) {
      finish.own(made);
    }
    try {
      area.rename(fresh, parent, name, false);
    } catch (ErrnoException e) {
      area.removeDirectory(fresh);
      if (!e.is(Errno.EEXIST)) {
        throw e;
      }
    }
    return parent.openDirectory(name);
  }

  /** Writes a file, and answers its size. */
  long file(
      Directory parent,
      FileName name,
      int mode,
      Optional<Modified> modified,
      boolean createOnly,
      InputStream content)
      throws IOException {
    FileName fresh = unused();
    long size = 0;
    boolean placed = false;
    try (OpenFile file = area.createFile(fresh, 0600, Directory.Access.READ_WRITE)) {
      for (int got = content.read(block); got >= 0; got = content.read(block)) {
        file.write(size, block, 0, got);
        size += got;
      }
      if (modified.isPresent()) {
        finish.file(file, mode, modified.get().seconds(), modified.get().nanos());
      } else {
        finish.own(area, fresh);
        file.chmod(mode & 0777);
      }
      place(fresh, parent, name, !createOnly);
      placed = true;
    } finally {
      if (!placed) {
        area.unlink(fresh);
      }
    }
    return size;
  }

  void link(Directory parent, FileName name, byte[] target, Modified modified) throws IOException {
    FileName fresh = unused();
    area.symlink(fresh, target);
    boolean placed = false;
    try {
      finish.own(area, fresh);
      area.setModified(fresh, modified.seconds(), modified.nanos());
      place(fresh, parent, name, true);
      placed = true;
    } finally {
      if (!placed) {
        area.unlink(fresh);
      }
    }
  }

  /** Gives an existing regular file another name. */
  void hardLink(Directory from, FileName existing, Directory parent, FileName name)
      throws IOException {
    if (from.stat(existing).type() != FileType.REGULAR) {
      throw new ErrnoException(Errno.EINVAL, "link", existing);
    }
    FileName fresh = unused();
    from.link(existing, area, fresh);
    try {
      place(fresh, parent, name, true);
    } finally {
      try {
        area.unlink(fresh);
      } catch (ErrnoException e) {
        if (!e.is(Errno.ENOENT)) {
          throw e;
        }
      }
    }
  }

  private void place(FileName fresh, Directory parent, FileName name, boolean replace)
      throws IOException {
    area.rename(fresh, parent, name, replace);
  }

  /** Takes a directory away in one step, then removes what was in it. */
  void removeTree(Directory parent, FileName name) throws IOException {
    FileName bin = unused();
    try (Directory trash = top.openDirectory(CopyFiles.TRASH)) {
      trash.makeDirectory(bin, 0700);
      try (Directory own = trash.openDirectory(bin)) {
        TreeRemoval removal = new TreeRemoval(own);
        removal.take(parent, name);
        removal.empty();
      }
      trash.removeDirectory(bin);
    }
  }

  private static FileName unused() {
    return FileName.of(UUID.randomUUID().toString());
  }

  @Override
  public void close() {
    workspace.close();
    area.close();
    top.close();
  }
}
