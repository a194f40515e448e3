package dev.berth.controlplane.manifest;

import dev.berth.controlplane.seed.SeedFile;
import dev.berth.format.FileName;
import dev.berth.format.ManifestReader;
import dev.berth.format.Node;
import dev.berth.format.layer.CleanUp;
import dev.berth.format.layer.CleanUp.Verdict;
import dev.berth.format.layer.SeedRule.Found;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a snapshot's tree says about paths that are asked for, and what clean-up would take from it;
 * gathered in one pass, in memory that grows with the answers alone.
 */
final class TreeFacts {
  private static final String WORKSPACE = "workspace";
  private static final int MODE = 0777;

  /** Files and bytes of a file or tree. */
  record Size(long files, long bytes) {
    static final Size NONE = new Size(0, 0);

    Size plus(Size other) {
      return new Size(files + other.files, bytes + other.bytes);
    }
  }

  private final CleanUp cleanUp;
  private final Set<List<FileName>> asked = new HashSet<>();
  private final Map<List<FileName>, Node> found = new HashMap<>();
  private final Set<List<FileName>> gone = new HashSet<>();
  private final Map<String, Size> roots = new HashMap<>();
  private final Map<List<FileName>, Size> removed = new LinkedHashMap<>();
  private final List<List<FileName>> spared = new ArrayList<>();

  TreeFacts(Collection<List<FileName>> asked, CleanUp cleanUp) {
    this.cleanUp = cleanUp;
    for (List<FileName> path : asked) {
      for (int depth = 1; depth <= path.size(); depth++) {
        this.asked.add(path.subList(0, depth));
      }
    }
  }

  void read(ManifestReader tree) throws IOException {
    for (var root = tree.nextRoot(); root.isPresent(); root = tree.nextRoot()) {
      boolean workspace = root.get().name().equals(WORKSPACE);
      roots.put(
          root.get().name(), below(tree, List.of(), workspace ? Mode.ASK : Mode.COUNT).size());
    }
  }

  private enum Mode {
    /** Clean-up is asked about each entry. */
    ASK,
    /** As ASK, below a directory that a rule matched. */
    CONDEMNED,
    /** Only counted and found. */
    COUNT,
    /** Counted, and gone. */
    GONE
  }

  /**
   * @param stayed whether anything did
   */
  private record Below(Size size, boolean stayed) {}

  private Below below(ManifestReader tree, List<FileName> directory, Mode mode) throws IOException {
    Size size = Size.NONE;
    boolean stayed = false;
    for (var next = tree.next(); next.isPresent(); next = tree.next()) {
      Node node = next.get();
      List<FileName> path = new ArrayList<>(directory);
      path.add(node.name());
      Below entry = entry(tree, List.copyOf(path), node, mode);
      size = size.plus(entry.size());
      stayed |= entry.stayed();
    }
    return new Below(size, stayed);
  }

  private Below entry(ManifestReader tree, List<FileName> path, Node node, Mode mode)
      throws IOException {
    if (asked.contains(path)) {
      found.put(path, node);
    }
    boolean directory = node instanceof Node.Directory;
    if (mode == Mode.COUNT || mode == Mode.GONE) {
      return in(tree, path, node, mode);
    }
    boolean condemned = mode == Mode.CONDEMNED;
    Verdict verdict = cleanUp.verdict(path, directory, condemned);
    return switch (verdict) {
      case KEEP -> {
        if (condemned || cleanUp.matches(path)) {
          spared.add(path);
        }
        yield in(tree, path, node, Mode.COUNT);
      }
      case REMOVE -> {
        Below all = in(tree, path, node, Mode.GONE);
        removed.put(path, all.size());
        yield all;
      }
      case ENTER -> {
        boolean goes = condemned || cleanUp.matches(path);
        Below all = in(tree, path, node, goes ? Mode.CONDEMNED : Mode.ASK);
        yield new Below(all.size(), !goes || all.stayed());
      }
    };
  }

  private Below in(ManifestReader tree, List<FileName> path, Node node, Mode mode)
      throws IOException {
    boolean stays = mode != Mode.GONE;
    if (!stays && asked.contains(path)) {
      gone.add(path);
    }
    return switch (node) {
      case Node.Directory d -> new Below(below(tree, path, mode).size(), stays);
      case Node.File file -> new Below(new Size(1, file.size()), stays);
      case Node.Link link -> new Below(Size.NONE, stays);
    };
  }

  Size root(String name) {
    return roots.getOrDefault(name, Size.NONE);
  }

  /** What a seed meets at its path. */
  Found found(List<FileName> path, SeedFile seed, int mode) {
    if (!canBeDirectory(path.subList(0, path.size() - 1))) {
      return Found.IN_THE_WAY;
    }
    return switch (found.get(path)) {
      case null -> Found.NOTHING;
      case Node.Directory d -> Found.IN_THE_WAY;
      case Node.Link link -> Found.OTHER;
      case Node.File file ->
          file.size() == seed.size()
                  && file.sha256().toString().equals(seed.sha256())
                  && (file.mode() & MODE) == mode
              ? Found.SAME
              : Found.OTHER;
    };
  }

  /** Whether nothing but directories stand there and above it. */
  boolean canBeDirectory(List<FileName> path) {
    for (int depth = 1; depth <= path.size(); depth++) {
      Node node = found.get(path.subList(0, depth));
      if (node != null && !(node instanceof Node.Directory)) {
        return false;
      }
    }
    return true;
  }

  /** Whether it is there and clean-up leaves it. */
  boolean stays(List<FileName> path) {
    return found.containsKey(path) && !gone.contains(path);
  }

  /** In the order of their paths. */
  Map<List<FileName>, Size> removed() {
    return removed;
  }

  /** What rules matched and the manifest keeps. */
  List<List<FileName>> spared() {
    return spared;
  }
}
