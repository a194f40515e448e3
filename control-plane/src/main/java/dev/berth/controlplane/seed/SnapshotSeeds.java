package dev.berth.controlplane.seed;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.format.FileName;
import dev.berth.format.ManifestReader;
import dev.berth.format.Node;
import dev.berth.format.layer.WorkspacePath;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Takes seeds out of snapshots: regular files, with paths that are UTF-8. */
@Singleton
final class SnapshotSeeds {
  private static final String ROOT = "workspace";

  private final SnapshotTrees trees;

  SnapshotSeeds(SnapshotTrees trees) {
    this.trees = trees;
  }

  /** As {@link SeedSetService#read}. */
  List<SeedContent> read(ProjectId project, SnapshotId snapshot, List<FileName> path) {
    return trees.read(
        project,
        snapshot,
        (tree, contents) -> {
          Taken taken = new Taken(contents);
          if (!enter(tree, path, taken)) {
            throw SeedSetErrors.pathNotFound(WorkspacePath.text(path));
          }
          return taken.files;
        });
  }

  /** Whether there was a file or directory at that path. */
  private static boolean enter(ManifestReader tree, List<FileName> path, Taken taken)
      throws IOException {
    var root = tree.nextRoot();
    while (root.isPresent() && !root.get().name().equals(ROOT)) {
      tree.skipRest();
      root = tree.nextRoot();
    }
    if (root.isEmpty()) {
      return false;
    }
    for (int depth = 0; depth < path.size(); depth++) {
      Optional<Node> next = child(tree, path.get(depth));
      boolean last = depth == path.size() - 1;
      if (last && next.orElse(null) instanceof Node.File file) {
        taken.take("", file);
        return true;
      }
      if (!(next.orElse(null) instanceof Node.Directory)) {
        return false;
      }
    }
    taken.all(tree, "");
    return true;
  }

  private static Optional<Node> child(ManifestReader tree, FileName name) throws IOException {
    for (var node = tree.next(); node.isPresent(); node = tree.next()) {
      if (node.get().name().equals(name)) {
        return node;
      }
      if (node.get() instanceof Node.Directory) {
        tree.skipRest();
      }
    }
    return Optional.empty();
  }

  private static final class Taken {
    private final SnapshotTrees.Contents contents;
    private final List<SeedContent> files = new ArrayList<>();
    private long bytes;

    Taken(SnapshotTrees.Contents contents) {
      this.contents = contents;
    }

    void all(ManifestReader tree, String above) throws IOException {
      for (var node = tree.next(); node.isPresent(); node = tree.next()) {
        switch (node.get()) {
          case Node.Directory directory -> all(tree, above + text(directory.name()) + "/");
          case Node.File file -> take(above + text(file.name()), file);
          case Node.Link link -> {}
        }
      }
    }

    void take(String path, Node.File file) throws IOException {
      bytes += file.size();
      if (file.size() > SeedSet.MAX_FILE_BYTES) {
        throw SeedSetErrors.limit("%s has %,d bytes".formatted(path, file.size()));
      }
      if (bytes > SeedSet.MAX_BYTES || files.size() == SeedSet.MAX_FILES) {
        throw SeedSetErrors.limit("more files or bytes there than seeds may have");
      }
      files.add(new SeedContent(path, file.mode() & 0777, contents.of(file)));
    }

    private static String text(FileName name) {
      try {
        return StandardCharsets.UTF_8
            .newDecoder()
            .decode(ByteBuffer.wrap(name.toBytes()))
            .toString();
      } catch (CharacterCodingException e) {
        throw SeedSetErrors.limit("the name " + name + " is not UTF-8");
      }
    }
  }
}
