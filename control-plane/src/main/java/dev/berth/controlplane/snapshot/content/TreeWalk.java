package dev.berth.controlplane.snapshot.content;

import dev.berth.format.FileName;
import dev.berth.format.ManifestReader;
import dev.berth.format.Node;
import dev.berth.format.PackTable;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Goes through a manifest's entries in their order, each directory before what it holds. For one
 * thread.
 */
public final class TreeWalk implements Closeable {
  private static final FileName UNNAMED = FileName.of("root");

  private final ManifestReader manifest;

  /** The directories that are open, the innermost first. */
  private final Deque<TreePath> open = new ArrayDeque<>();

  /** What {@link #find} found and {@link #next} is to give. */
  private @Nullable Entry found;

  TreeWalk(ManifestReader manifest) {
    this.manifest = manifest;
  }

  public PackTable packs() {
    return manifest.packs();
  }

  public ManifestReader manifest() {
    return manifest;
  }

  /** Enters the next root, all of which {@link #next} gives then; empty after the last. */
  Optional<String> nextRoot() throws IOException {
    Optional<ManifestReader.Root> root = manifest.nextRoot();
    open.clear();
    root.ifPresent(entered -> open.push(TreePath.ROOT));
    return root.map(ManifestReader.Root::name);
  }

  /**
   * Goes to a path; {@link #next} then gives what is there and what is below, and nothing else. To
   * be called once, first. Empty where there is nothing.
   */
  public Optional<Entry> find(String root, TreePath path) throws IOException {
    for (var next = manifest.nextRoot(); next.isPresent(); next = manifest.nextRoot()) {
      if (next.get().name().equals(root)) {
        return in(next.get(), path);
      }
      manifest.skipRest();
    }
    return Optional.empty();
  }

  private Optional<Entry> in(ManifestReader.Root root, TreePath path) throws IOException {
    Entry at =
        new Entry(
            TreePath.ROOT,
            new Node.Directory(UNNAMED, root.mode(), root.mtimeSeconds(), root.mtimeNanos()));
    for (FileName name : path.names()) {
      Optional<Node> child = at.isDirectory() ? child(name) : Optional.empty();
      if (child.isEmpty()) {
        return Optional.empty();
      }
      at = new Entry(at.path().resolve(name), child.get());
    }
    if (at.isDirectory()) {
      open.push(path);
    }
    found = at;
    return Optional.of(at);
  }

  private Optional<Node> child(FileName name) throws IOException {
    for (var node = manifest.next(); node.isPresent(); node = manifest.next()) {
      int order = node.get().name().compareTo(name);
      if (order == 0) {
        return node;
      }
      if (order > 0) {
        return Optional.empty();
      }
      if (node.get() instanceof Node.Directory) {
        manifest.skipRest();
      }
    }
    return Optional.empty();
  }

  /** The next entry; empty at the end of the root, or of what was found. */
  public Optional<Entry> next() throws IOException {
    Entry first = found;
    if (first != null) {
      found = null;
      return Optional.of(first);
    }
    while (!open.isEmpty()) {
      Optional<Node> node = manifest.next();
      if (node.isPresent()) {
        TreePath path = open.getFirst().resolve(node.get().name());
        if (node.get() instanceof Node.Directory) {
          open.push(path);
        }
        return Optional.of(new Entry(path, node.get()));
      }
      open.pop();
    }
    return Optional.empty();
  }

  /** Passes over what the directory just given holds. */
  void skip() throws IOException {
    manifest.skipRest();
    open.pop();
  }

  @Override
  public void close() throws IOException {
    manifest.close();
  }
}
