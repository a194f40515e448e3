package dev.berth.executor.workspace;

import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.DirectoryEntry;
import dev.berth.executor.linux.Errno;
import dev.berth.executor.linux.ErrnoException;
import dev.berth.executor.linux.FileStat;
import dev.berth.executor.linux.RelativePath;
import dev.berth.executor.workspace.WorkspaceException.Reason;
import dev.berth.format.Bytes;
import dev.berth.format.FileName;
import dev.berth.format.ManifestReader;
import dev.berth.format.ManifestWriter;
import dev.berth.format.Node;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Walks a copy's roots beside the index of its base and writes manifest and index as it goes,
 * reading only files that may have changed. What appears, vanishes or turns into something else
 * meanwhile is taken as one of its states or left out; never is anything but a real entry of the
 * tree read. For one thread.
 */
final class TreeScan {
  private static final int MAX_NAMED = 100;

  private final CopyLimits limits;
  private final IndexCursor index;
  private final boolean trusted;
  private final IntPredicate usableFrame;
  private final ContentReader contents;
  private final List<ManifestWriter> outputs;
  private final Progress progress;
  private final LiveBytes live = new LiveBytes();
  private final List<String> changedDuringSync = new ArrayList<>();
  private final List<FileName> path = new ArrayList<>();
  private boolean different;
  private long entries;
  private long files;
  private long bytes;

  /**
   * @param trusted whether the index's inodes and times are of this boot
   * @param usableFrame whether a frame of the base may be named again
   */
  TreeScan(
      CopyLimits limits,
      IndexCursor index,
      boolean trusted,
      IntPredicate usableFrame,
      ContentReader contents,
      List<ManifestWriter> outputs,
      Progress progress) {
    this.limits = limits;
    this.index = index;
    this.trusted = trusted;
    this.usableFrame = usableFrame;
    this.contents = contents;
    this.outputs = outputs;
    this.progress = progress;
  }

  /** Whether anything differs from the base. */
  boolean different() {
    return different || index.different();
  }

  LiveBytes live() {
    return live;
  }

  /** At most 100, for people. */
  List<String> changedDuringSync() {
    return changedDuringSync;
  }

  /** Roots come in the order of their names. */
  void root(String name, Directory directory) throws IOException {
    FileStat stat = directory.stat();
    Optional<ManifestReader.Root> before = index.enterRoot(name);
    int mode = stat.mode() & Node.MODE_MASK;
    different |=
        before
            .filter(b ->
                b.mode() == mode
                    && b.mtimeSeconds() == stat.mtimeSeconds()
                    && b.mtimeNanos() == stat.mtimeNanos())
            .isEmpty();
    for (ManifestWriter output : outputs) {
      output.root(name, mode, stat.mtimeSeconds(), stat.mtimeNanos());
    }
    countEntry();
    entriesOf(directory, 0);
    index.leaveRoot();
    for (ManifestWriter output : outputs) {
      output.end();
    }
  }

  private void entriesOf(Directory directory, int pathBytes) throws IOException {
    List<DirectoryEntry> listed = new ArrayList<>();
    long room = limits.entries() - entries;
    try {
      directory.forEachEntry(entry -> {
        listed.add(entry);
        return listed.size() <= room;
      });
    } catch (ErrnoException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
    if (listed.size() > room) {
      throw new WorkspaceException(
          Reason.LIMIT, "the workspace holds more than " + limits.entries() + " entries");
    }
    listed.sort(Comparator.comparing(DirectoryEntry::name));
    for (DirectoryEntry entry : listed) {
      path.add(entry.name());
      int length = pathBytes + entry.name().length() + 1;
      if (length > CopyLimits.PATH_BYTES) {
        throw new WorkspaceException(Reason.LIMIT, "a path is too long below " + shownTop());
      }
      entry(directory, entry.name(), length);
      path.removeLast();
    }
  }

  /** Looks again where the entry was not what it had been a moment ago. */
  private void entry(Directory directory, FileName name, int pathBytes) throws IOException {
    Node before = index.find(name);
    boolean left = !(before instanceof Node.Directory);
    boolean taken = false;
    for (int tries = 0; !taken && tries < 3; tries++) {
      try {
        FileStat stat = directory.stat(name);
        switch (stat.type()) {
          case REGULAR -> file(directory, name, stat, before);
          case SYMLINK -> link(directory, name, stat, before);
          case DIRECTORY -> {
            directory(directory, name, stat, before, pathBytes);
            left = true;
          }
          case FIFO, SPECIAL, UNKNOWN -> different |= before != null;
        }
        taken = true;
      } catch (ErrnoException e) {
        if (e.is(Errno.ENOENT)) {
          different = true;
          break;
        }
        if (!e.isOtherType()) {
          throw e;
        }
      }
    }
    if (!taken) {
      changed();
    }
    if (!left) {
      index.skipDirectory();
    }
  }

  private void directory(
      Directory parent, FileName name, FileStat stat, @Nullable Node before, int pathBytes)
      throws IOException {
    if (path.size() > limits.depth()) {
      throw new WorkspaceException(
          Reason.LIMIT,
          "directories are nested deeper than " + limits.depth() + " below " + shownTop());
    }
    try (Directory directory = parent.openDirectory(name)) {
      Node.Directory node =
          new Node.Directory(
              name, stat.mode() & Node.MODE_MASK, stat.mtimeSeconds(), stat.mtimeNanos());
      different |= !node.equals(before);
      for (ManifestWriter output : outputs) {
        output.directory(node);
      }
      countEntry();
      if (before instanceof Node.Directory) {
        entriesOf(directory, pathBytes);
        index.leaveDirectory();
        index.afterDirectory();
      } else {
        index.suspend();
        entriesOf(directory, pathBytes);
        index.resume();
      }
    }
    for (ManifestWriter output : outputs) {
      output.end();
    }
  }

  private void link(Directory parent, FileName name, FileStat stat, @Nullable Node before)
      throws IOException {
    Node.Link node =
        new Node.Link(
            name, stat.mtimeSeconds(), stat.mtimeNanos(), new Bytes(parent.readLink(name)));
    different |= !node.equals(before);
    for (ManifestWriter output : outputs) {
      output.link(node);
    }
    countEntry();
  }

  private void file(Directory parent, FileName name, FileStat stat, @Nullable Node before)
      throws IOException {
    Node.File known = before instanceof Node.File f ? f : null;
    Node.File node;
    if (known == null || !unchanged(known, stat)) {
      node = contents.read(parent, name);
    } else if (known.pieces().stream().allMatch(piece -> usableFrame.test(piece.frame()))) {
      node = known;
    } else {
      node = contents.storeAnew(parent, known, usableFrame);
    }
    if (node != known) {
      different |= known == null || !sameFile(known, node);
      if (node.changedDuringSync()) {
        changed();
      }
    }
    node.pieces().forEach(live::add);
    for (ManifestWriter output : outputs) {
      output.file(node);
    }
    countEntry();
    files++;
    bytes += node.size();
    progress.at(files, -1, bytes, -1);
  }

  private boolean unchanged(Node.File known, FileStat stat) {
    Node.Seen seen = known.seen();
    return trusted
        && seen != null
        && !seen.uncertain()
        && !known.changedDuringSync()
        && seen.inode() == stat.inode()
        && seen.ctimeSeconds() == stat.ctimeSeconds()
        && seen.ctimeNanos() == stat.ctimeNanos()
        && known.size() == stat.size()
        && known.mtimeSeconds() == stat.mtimeSeconds()
        && known.mtimeNanos() == stat.mtimeNanos();
  }

  private static boolean sameFile(Node.File a, Node.File b) {
    return a.mode() == b.mode()
        && a.mtimeSeconds() == b.mtimeSeconds()
        && a.mtimeNanos() == b.mtimeNanos()
        && a.size() == b.size()
        && a.sha256().equals(b.sha256())
        && a.pieces().equals(b.pieces())
        && a.changedDuringSync() == b.changedDuringSync();
  }

  private void countEntry() throws WorkspaceException {
    if (++entries > limits.entries()) {
      throw new WorkspaceException(
          Reason.LIMIT, "the workspace holds more than " + limits.entries() + " entries");
    }
  }

  private void changed() {
    if (changedDuringSync.size() < MAX_NAMED) {
      changedDuringSync.add(new RelativePath(path).toString());
    }
  }

  private String shownTop() {
    return new RelativePath(path.subList(0, Math.min(3, path.size()))).toString();
  }
}
