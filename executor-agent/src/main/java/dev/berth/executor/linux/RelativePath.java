package dev.berth.executor.linux;

import dev.berth.format.FileName;
import dev.berth.format.PathText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A path below some root, as {@link FileName}s: never absolute, no "." or "..", no empty component.
 * No component stands for the root itself. Ordered component by component, so a directory comes
 * directly before what it holds.
 *
 * @param names from the top down
 */
public record RelativePath(List<FileName> names) implements Comparable<RelativePath> {
  public static final RelativePath ROOT = new RelativePath(List.of());

  public RelativePath {
    names = List.copyOf(names);
  }

  /**
   * Reads components separated by single slashes; the empty text is the root.
   *
   * @throws IllegalArgumentException for an absolute path, an empty, "." or ".." component, or a
   *     NUL
   */
  public static RelativePath of(byte[] text) {
    if (text.length == 0) {
      return ROOT;
    }
    List<FileName> names = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= text.length; i++) {
      if (i == text.length || text[i] == '/') {
        names.add(FileName.of(text, start, i - start));
        start = i + 1;
      }
    }
    return new RelativePath(names);
  }

  /**
   * As {@link #of(byte[])}, from UTF-8.
   *
   * @throws IllegalArgumentException for an absolute path, an empty, "." or ".." component, or a
   *     NUL
   */
  public static RelativePath of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  public boolean isRoot() {
    return names.isEmpty();
  }

  public int depth() {
    return names.size();
  }

  /**
   * @throws IllegalStateException for the root
   */
  public FileName name() {
    if (isRoot()) {
      throw new IllegalStateException("the root has no name");
    }
    return names.getLast();
  }

  /**
   * @throws IllegalStateException for the root
   */
  public RelativePath parent() {
    if (isRoot()) {
      throw new IllegalStateException("the root has no parent");
    }
    return new RelativePath(names.subList(0, names.size() - 1));
  }

  public RelativePath resolve(FileName name) {
    List<FileName> longer = new ArrayList<>(names.size() + 1);
    longer.addAll(names);
    longer.add(name);
    return new RelativePath(longer);
  }

  /** The components joined by slashes; empty for the root. */
  public byte[] toBytes() {
    byte[] text = new byte[byteLength()];
    int at = 0;
    for (FileName name : names) {
      if (at > 0) {
        text[at++] = '/';
      }
      name.copyTo(text, at);
      at += name.length();
    }
    return text;
  }

  /** Length of {@link #toBytes()}. */
  public int byteLength() {
    int length = Math.max(0, names.size() - 1);
    for (FileName name : names) {
      length += name.length();
    }
    return length;
  }

  @Override
  public int compareTo(RelativePath other) {
    int common = Math.min(names.size(), other.names.size());
    for (int i = 0; i < common; i++) {
      int order = names.get(i).compareTo(other.names.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(names.size(), other.names.size());
  }

  /** For people: "." for the root, bytes that are not UTF-8 escaped. */
  @Override
  public String toString() {
    return isRoot() ? "." : PathText.escape(toBytes());
  }
}
