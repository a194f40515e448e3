package dev.berth.executor.workspace;

import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.DirectoryEntry;
import dev.berth.executor.linux.Errno;
import dev.berth.executor.linux.ErrnoException;
import dev.berth.executor.linux.FileType;
import dev.berth.format.FileName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Removes trees of any depth and size in constant memory and with two open directories: what is to
 * go is moved into a directory of the host first, then every directory found in one is moved up
 * beside it before it is removed.
 */
final class TreeRemoval {
  private static final int BATCH = 4096;
  private static final int ROUNDS = 64;

  private final Directory trash;
  private long next;

  TreeRemoval(Directory trash) {
    this.trash = trash;
  }

  /** Takes a name out of {@code parent} in one step; {@link #empty} removes what it was. */
  void take(Directory parent, FileName name) throws ErrnoException {
    while (true) {
      try {
        parent.rename(name, trash, FileName.of("t" + next++), false);
        return;
      } catch (ErrnoException e) {
        if (!e.is(Errno.EEXIST)) {
          throw e;
        }
      }
    }
  }

  /**
   * Removes everything that was taken.
   *
   * @throws IOException if something is still written there by a process, after many tries
   */
  void empty() throws IOException {
    int rounds = 0;
    List<DirectoryEntry> batch = list(trash);
    while (!batch.isEmpty()) {
      boolean progress = false;
      for (DirectoryEntry entry : batch) {
        progress |= remove(entry);
      }
      rounds = progress ? 0 : rounds + 1;
      if (rounds > ROUNDS) {
        throw new WorkspaceException(
            WorkspaceException.Reason.HOST, "a removed directory is still being written to");
      }
      batch = list(trash);
    }
  }

  private boolean remove(DirectoryEntry entry) throws ErrnoException {
    if (entry.type() != FileType.DIRECTORY && unlink(trash, entry.name())) {
      return true;
    }
    boolean moved = false;
    try (Directory directory = trash.openDirectory(entry.name())) {
      List<DirectoryEntry> inside = list(directory);
      while (!inside.isEmpty()) {
        for (DirectoryEntry child : inside) {
          if (child.type() == FileType.DIRECTORY || !unlink(directory, child.name())) {
            take(directory, child.name());
          }
          moved = true;
        }
        inside = list(directory);
      }
    }
    try {
      trash.removeDirectory(entry.name());
      return true;
    } catch (ErrnoException e) {
      if (e.is(Errno.ENOTEMPTY)) {
        return moved;
      }
      throw e;
    }
  }

  private static boolean unlink(Directory directory, FileName name) throws ErrnoException {
    try {
      directory.unlink(name);
      return true;
    } catch (ErrnoException e) {
      if (e.is(Errno.EISDIR) || e.is(Errno.EPERM)) {
        return false;
      }
      throw e;
    }
  }

  private static List<DirectoryEntry> list(Directory directory) throws ErrnoException {
    List<DirectoryEntry> batch = new ArrayList<>();
    directory.forEachEntry(entry -> {
      batch.add(entry);
      return batch.size() < BATCH;
    });
    return batch;
  }
}
