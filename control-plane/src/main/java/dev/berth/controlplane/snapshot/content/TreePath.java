package dev.berth.controlplane.snapshot.content;

import dev.berth.format.FileName;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * A path below a root: none for the root itself. Ordered as a manifest is: name by name, and a
 * directory before what it holds.
 */
public record TreePath(List<FileName> names) implements Comparable<TreePath> {
  public static final TreePath ROOT = new TreePath(List.of());

  public TreePath {
    names = List.copyOf(names);
  }

  /**
   * @throws IllegalArgumentException where a component is empty, {@code .}, {@code ..}, too long or
   *     holds a NUL byte
   */
  public static TreePath parse(byte[] path) {
    if (path.length == 0) {
      return ROOT;
    }
    List<FileName> names = new ArrayList<>();
    int start = 0;
    for (int at = 0; at <= path.length; at++) {
      if (at == path.length || path[at] == '/') {
        names.add(FileName.of(path, start, at - start));
        start = at + 1;
      }
    }
    return new TreePath(names);
  }

  public boolean isRoot() {
    return names.isEmpty();
  }

  TreePath resolve(FileName name) {
    List<FileName> longer = new ArrayList<>(names.size() + 1);
    longer.addAll(names);
    longer.add(name);
    return new TreePath(longer);
  }

  boolean startsWith(TreePath other) {
    return names.size() >= other.names.size()
        && names.subList(0, other.names.size()).equals(other.names);
  }

  public byte[] toBytes() {
    var bytes = new ByteArrayOutputStream();
    for (FileName name : names) {
      if (bytes.size() > 0) {
        bytes.write('/');
      }
      bytes.writeBytes(name.toBytes());
    }
    return bytes.toByteArray();
  }

  @Override
  public int compareTo(TreePath other) {
    int common = Math.min(names.size(), other.names.size());
    for (int i = 0; i < common; i++) {
      int order = names.get(i).compareTo(other.names.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(names.size(), other.names.size());
  }

  /** As text that neither acts on a terminal nor loses a byte. */
  @Override
  public String toString() {
    return dev.berth.format.PathText.escape(toBytes());
  }
}
