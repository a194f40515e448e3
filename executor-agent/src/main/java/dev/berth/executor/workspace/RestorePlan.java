package dev.berth.executor.workspace;

import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.OpenFile;
import dev.berth.executor.linux.RelativePath;
import dev.berth.format.FileName;
import dev.berth.format.ManifestReader;
import dev.berth.format.Node;
import dev.berth.format.Pack;
import dev.berth.format.PackTable;
import dev.berth.format.Piece;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a manifest asks for: made while it is read are the directories, links and files without
 * stored content; what remains is which stretch of which frame goes where. That is filled in as
 * soon as much of it waits, so that a tree of any size takes bounded memory, but for some 100 bytes
 * a directory and 20 a file.
 */
final class RestorePlan {
  private static final int RANGE_BYTES = 4 << 20;
  private static final int GAP_BYTES = 128 << 10;

  /** So many files with content wait at most. */
  private static final int MOST_WAITING = 100_000;

  /**
   * @param parent the number of the directory that {@code below} is in; -1 for a root
   */
  record Dir(int parent, List<FileName> below, int mode, long mtimeSeconds, int mtimeNanos) {}

  /** Fills in what waits. */
  interface Filling {
    void fill() throws IOException;
  }

  /** A file that gets content. */
  static final class Target {
    final int ordinal;
    final int directory;
    final Node.File node;
    final AtomicInteger left;

    Target(int ordinal, int directory, Node.File node) {
      this.ordinal = ordinal;
      this.directory = directory;
      this.node = node;
      this.left = new AtomicInteger(node.pieces().size());
    }
  }

  record Part(Target target, Piece piece) {}

  /** Frames of one pack that are fetched at once. */
  record Fetch(Pack pack, long position, int length, List<Pack.Frame> frames) {}

  final List<Dir> directories = new ArrayList<>();
  final Map<Integer, List<Part>> parts = new HashMap<>();
  final Seens seens = new Seens();
  private final Directory top;
  private final FileFinish finish;
  private int ordinal;
  private int waiting;

  RestorePlan(Directory top, FileFinish finish) {
    this.top = top;
    this.finish = finish;
  }

  /** Where a directory is, below the copy's top. */
  RelativePath path(int number) {
    Deque<FileName> names = new ArrayDeque<>();
    for (int at = number; at >= 0; at = directories.get(at).parent()) {
      directories.get(at).below().reversed().forEach(names::addFirst);
    }
    return new RelativePath(List.copyOf(names));
  }

  /** Reads one root's entries. The root's directory exists and is empty. */
  void root(ManifestReader reader, ManifestReader.Root root, Filling filling) throws IOException {
    RelativePath path = RelativePath.of(root.name());
    directories.add(new Dir(-1, path.names(), root.mode(), root.mtimeSeconds(), root.mtimeNanos()));
    try (Directory directory = top.openDirectory(path)) {
      entries(reader, directory, directories.size() - 1, path, filling);
    }
  }

  private void entries(
      ManifestReader reader, Directory directory, int number, RelativePath path, Filling filling)
      throws IOException {
    for (Node node = reader.next().orElse(null); node != null; node = reader.next().orElse(null)) {
      switch (node) {
        case Node.Directory d -> {
          RelativePath below = path.resolve(d.name());
          if (below.byteLength() > CopyLimits.PATH_BYTES) {
            throw new WorkspaceException(
                WorkspaceException.Reason.LIMIT, "the snapshot has a path that is too long");
          }
          directories.add(
              new Dir(number, List.of(d.name()), d.mode(), d.mtimeSeconds(), d.mtimeNanos()));
          int child = directories.size() - 1;
          directory.makeDirectory(d.name(), 0700);
          try (Directory opened = directory.openDirectory(d.name())) {
            entries(reader, opened, child, below, filling);
          }
        }
        case Node.Link link -> {
          directory.symlink(link.name(), link.target().toArray());
          finish.link(directory, link);
        }
        case Node.File file -> {
          file(directory, number, file);
          if (waiting >= MOST_WAITING) {
            filling.fill();
          }
        }
      }
    }
  }

  private void file(Directory directory, int number, Node.File file) throws IOException {
    Target target = new Target(ordinal++, number, file);
    if (file.pieces().isEmpty() || file.chunked()) {
      try (OpenFile open = directory.createFile(file.name(), 0600, Directory.Access.READ_WRITE)) {
        open.truncate(file.size());
        if (file.pieces().isEmpty()) {
          seens.put(target.ordinal, finish.file(open, file));
        }
      }
    }
    waiting += file.pieces().isEmpty() ? 0 : 1;
    for (Piece piece : file.pieces()) {
      parts.computeIfAbsent(piece.frame(), f -> new ArrayList<>(2)).add(new Part(target, piece));
    }
  }

  /** What waited is filled in. */
  void filled() {
    parts.clear();
    waiting = 0;
  }

  /** Groups what is needed into requests of some MiB, in the order of packs. */
  List<Fetch> fetches(PackTable packs) {
    List<Fetch> fetches = new ArrayList<>();
    for (Pack pack : packs.packs()) {
      List<Pack.Frame> group = new ArrayList<>();
      for (Pack.Frame frame : pack.frames()) {
        if (!parts.containsKey(frame.number())) {
          continue;
        }
        if (!group.isEmpty() && !fits(group, frame)) {
          fetches.add(fetch(pack, group));
          group = new ArrayList<>();
        }
        group.add(frame);
      }
      if (!group.isEmpty()) {
        fetches.add(fetch(pack, group));
      }
    }
    return fetches;
  }

  private static boolean fits(List<Pack.Frame> group, Pack.Frame next) {
    Pack.Frame last = group.getLast();
    long end = next.position() + next.stored();
    return next.position() - (last.position() + last.stored()) <= GAP_BYTES
        && end - group.getFirst().position() <= RANGE_BYTES;
  }

  private static Fetch fetch(Pack pack, List<Pack.Frame> group) {
    long position = group.getFirst().position();
    Pack.Frame last = group.getLast();
    int length = (int) (last.position() + last.stored() - position);
    return new Fetch(pack, position, length, List.copyOf(group));
  }

  /** How restored files stand, by their order in the manifest. Safe for many threads. */
  static final class Seens {
    private long[] inodes = new long[1024];
    private long[] ctimes = new long[1024];
    private int[] nanos = new int[1024];

    synchronized void put(int ordinal, Node.Seen seen) {
      if (ordinal >= inodes.length) {
        int larger = Math.max(ordinal + 1, inodes.length * 2);
        inodes = java.util.Arrays.copyOf(inodes, larger);
        ctimes = java.util.Arrays.copyOf(ctimes, larger);
        nanos = java.util.Arrays.copyOf(nanos, larger);
      }
      inodes[ordinal] = seen.inode();
      ctimes[ordinal] = seen.ctimeSeconds();
      nanos[ordinal] = seen.ctimeNanos();
    }

    synchronized Node.Seen get(int ordinal, boolean uncertain) {
      return new Node.Seen(inodes[ordinal], ctimes[ordinal], nanos[ordinal], uncertain);
    }
  }
}
