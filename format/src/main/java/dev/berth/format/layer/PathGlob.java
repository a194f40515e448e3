package dev.berth.format.layer;

import dev.berth.format.FileName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A clean-up rule: {@code *} stands for any bytes of one component, {@code ?} for one character,
 * {@code **} as a whole component for any number of components, at the end for one at least.
 * Everything else is itself.
 */
public final class PathGlob {
  private static final byte[] ANY_DEPTH = {'*', '*'};

  private final List<byte[]> parts;

  private PathGlob(List<byte[]> parts) {
    this.parts = parts;
  }

  /**
   * @throws IllegalArgumentException unless the rule is an absolute, normal path under {@code
   *     /workspace}
   */
  public static PathGlob of(String rule) {
    List<byte[]> parts = new ArrayList<>();
    for (FileName name : WorkspacePath.names(rule)) {
      parts.add(name.toBytes());
    }
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("names the workspace itself");
    }
    return new PathGlob(parts);
  }

  public boolean matches(List<FileName> path) {
    return match(0, path, 0, false);
  }

  /** Whether it may match something below that directory. */
  public boolean reachesBelow(List<FileName> directory) {
    return match(0, directory, 0, true);
  }

  private boolean match(int part, List<FileName> path, int at, boolean prefix) {
    if (at == path.size()) {
      return prefix == (part < parts.size());
    }
    if (part == parts.size()) {
      return false;
    }
    byte[] pattern = parts.get(part);
    if (Arrays.equals(pattern, ANY_DEPTH)) {
      return part == parts.size() - 1
          || match(part + 1, path, at, prefix)
          || match(part, path, at + 1, prefix);
    }
    return component(pattern, path.get(at).toBytes()) && match(part + 1, path, at + 1, prefix);
  }

  private static boolean component(byte[] pattern, byte[] name) {
    int star = -1;
    int mark = 0;
    int i = 0;
    int j = 0;
    while (j < name.length) {
      if (i < pattern.length && pattern[i] == '*') {
        star = i++;
        mark = j;
      } else if (i < pattern.length && pattern[i] == '?') {
        i++;
        j = nextCharacter(name, j);
      } else if (i < pattern.length && pattern[i] == name[j]) {
        i++;
        j++;
      } else if (star >= 0) {
        i = star + 1;
        j = ++mark;
      } else {
        return false;
      }
    }
    while (i < pattern.length && pattern[i] == '*') {
      i++;
    }
    return i == pattern.length;
  }

  /** Behind the UTF-8 character that begins there; a byte that begins none counts as one. */
  private static int nextCharacter(byte[] name, int at) {
    int next = at + 1;
    while (next < name.length && (name[at] & 0xc0) == 0xc0 && (name[next] & 0xc0) == 0x80) {
      next++;
    }
    return next;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(WorkspacePath.ROOT);
    parts.forEach(part -> text.append('/').append(new String(part, StandardCharsets.UTF_8)));
    return text.toString();
  }
}
