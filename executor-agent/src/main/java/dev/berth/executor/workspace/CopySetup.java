package dev.berth.executor.workspace;

import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.Errno;
import dev.berth.executor.linux.ErrnoException;
import dev.berth.format.FileName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Makes and empties the file system of a copy. */
final class CopySetup {
  private static final FileName AGENT = FileName.of("agent");
  private static final FileName WORKSPACE = FileName.of(CopyFiles.WORKSPACE);

  private CopySetup() {}

  /** Takes everything out, whatever it is, and leaves an empty frame without any root. */
  static void clear(CopyFiles files) throws IOException {
    clear(files, false);
  }

  /**
   * As {@link #clear(CopyFiles)}, but leaves the workspace's directory, empty, since a container
   * mounts it. Only for one that no sandbox ever wrote.
   */
  static void clear(CopyFiles files, boolean mounted) throws IOException {
    try (Directory top = Directory.open(files.top())) {
      ensure(top, CopyFiles.TRASH, 0700);
      try (Directory trash = top.openDirectory(CopyFiles.TRASH)) {
        TreeRemoval removal = new TreeRemoval(trash);
        List<FileName> names = new ArrayList<>();
        top.forEachEntry(entry -> names.add(entry.name()));
        for (FileName name : names) {
          if (mounted && name.equals(WORKSPACE)) {
            empty(top, removal);
          } else if (!name.equals(CopyFiles.TRASH)) {
            removal.take(top, name);
          }
        }
        removal.empty();
      }
      ensure(top, CopyFiles.STAGING, 0700);
      ensure(top, AGENT, 0755);
    }
  }

  private static void empty(Directory top, TreeRemoval removal) throws IOException {
    try (Directory workspace = top.openDirectory(WORKSPACE)) {
      List<FileName> names = new ArrayList<>();
      workspace.forEachEntry(entry -> names.add(entry.name()));
      for (FileName name : names) {
        removal.take(workspace, name);
      }
    }
  }

  /** Makes an empty root that belongs to the sandbox's user. */
  static void makeRoot(Directory top, String root, Owner owner) throws IOException {
    RestoreJob.makeRoot(top, root);
    try (Directory made = top.openDirectory(dev.berth.executor.linux.RelativePath.of(root))) {
      new FileFinish(owner).own(made);
      made.chmod(0755);
    }
  }

  static void ensure(Directory parent, FileName name, int mode) throws IOException {
    try {
      parent.makeDirectory(name, mode);
    } catch (ErrnoException e) {
      if (!e.is(Errno.EEXIST)) {
        throw e;
      }
    }
  }
}
