package dev.berth.executor.workspace;

import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.Errno;
import dev.berth.executor.linux.ErrnoException;
import dev.berth.executor.linux.FileType;
import dev.berth.executor.linux.RelativePath;
import dev.berth.format.FileName;
import dev.berth.format.layer.PathGlob;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Finds the regular files that globs name, in the order of their paths; a directory stands for all
 * in it. No link is followed, and what cannot be kept is told. For one use by one thread.
 */
final class ArtifactScan {
  private static final int DEPTH = 256;

  private final List<PathGlob> globs;
  private final boolean[] matched;
  private final int mostFiles;
  private final long mostEntries;
  private final List<RelativePath> files = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();
  private long entries;

  ArtifactScan(List<PathGlob> globs, int mostFiles, long mostEntries) {
    this.globs = globs;
    this.matched = new boolean[globs.size()];
    this.mostFiles = mostFiles;
    this.mostEntries = mostEntries;
  }

  /**
   * What was found.
   *
   * @param problems why what is named is not among {@code files}, a sentence each
   */
  record Found(List<RelativePath> files, List<String> problems) {}

  Found run(Directory workspace) {
    if (directory(workspace, RelativePath.ROOT, false)) {
      for (int i = 0; i < matched.length; i++) {
        if (!matched[i]) {
          problems.add(globs.get(i) + ": nothing is there.");
        }
      }
    }
    return new Found(files, problems);
  }

  /** False once there is more than may be looked at or kept. */
  private boolean directory(Directory directory, RelativePath path, boolean taken) {
    List<FileName> names = new ArrayList<>();
    try {
      directory.forEachEntry(entry -> names.add(entry.name()) && ++entries <= mostEntries);
    } catch (ErrnoException e) {
      tell(path, Errno.describe(e.errno()));
      return true;
    }
    if (entries > mostEntries) {
      problems.add(
          "The workspace holds more than %,d entries: what lies behind %s is not looked at."
              .formatted(mostEntries, path));
      return false;
    }
    Collections.sort(names);
    for (FileName name : names) {
      RelativePath child = path.resolve(name);
      try {
        if (!entry(directory, child, taken)) {
          return false;
        }
      } catch (ErrnoException e) {
        if (!e.is(Errno.ENOENT)) {
          tell(child, Errno.describe(e.errno()));
        }
      }
    }
    return true;
  }

  private boolean entry(Directory parent, RelativePath path, boolean above) throws ErrnoException {
    boolean taken = matches(path) || above;
    FileType type = parent.stat(path.name()).type();
    if (type == FileType.DIRECTORY) {
      return !(taken || reachesBelow(path)) || below(parent, path, taken);
    }
    if (!taken) {
      return true;
    }
    if (type != FileType.REGULAR) {
      tell(
          path,
          type == FileType.SYMLINK
              ? "is a link, and links are not followed"
              : "is no regular file");
      return true;
    }
    if (files.size() == mostFiles) {
      problems.add(
          "There are more than %d files to keep: %s and what comes behind it are not kept."
              .formatted(mostFiles, path));
      return false;
    }
    files.add(path);
    return true;
  }

  private boolean below(Directory parent, RelativePath path, boolean taken) throws ErrnoException {
    if (path.depth() == DEPTH) {
      tell(path, "is too deep to be looked into");
      return true;
    }
    try (Directory directory = parent.openDirectory(path.name())) {
      return directory(directory, path, taken);
    }
  }

  private boolean matches(RelativePath path) {
    boolean any = false;
    for (int i = 0; i < matched.length; i++) {
      if (globs.get(i).matches(path.names())) {
        matched[i] = true;
        any = true;
      }
    }
    return any;
  }

  private boolean reachesBelow(RelativePath directory) {
    return globs.stream().anyMatch(glob -> glob.reachesBelow(directory.names()));
  }

  private void tell(RelativePath path, String what) {
    problems.add(path + ": " + what + ".");
  }
}
