package dev.berth.format.layer;

import dev.berth.format.FileName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Paths as manifests write them: absolute, normal, under {@code /workspace}. */
public final class WorkspacePath {
  public static final String ROOT = "/workspace";

  private WorkspacePath() {}

  /**
   * The components below the workspace; none for the workspace itself.
   *
   * @throws IllegalArgumentException for any other path
   */
  public static List<FileName> names(String path) {
    if (path.equals(ROOT)) {
      return List.of();
    }
    if (!path.startsWith(ROOT + "/")) {
      throw new IllegalArgumentException("not under " + ROOT);
    }
    return relative(path.substring(ROOT.length() + 1));
  }

  /**
   * @throws IllegalArgumentException for an empty, {@code .} or {@code ..} component
   */
  public static List<FileName> relative(String path) {
    List<FileName> names = new ArrayList<>();
    for (String name : path.split("/", -1)) {
      byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
      names.add(FileName.of(bytes, 0, bytes.length));
    }
    return names;
  }

  /** As manifests write it. What is not UTF-8 is shown as U+FFFD. */
  public static String text(List<FileName> names) {
    StringBuilder text = new StringBuilder(ROOT);
    for (FileName name : names) {
      text.append('/').append(new String(name.toBytes(), StandardCharsets.UTF_8));
    }
    return text.toString();
  }

  /** Whether the one is the other or lies above it. */
  public static boolean covers(List<FileName> above, List<FileName> path) {
    return above.size() <= path.size() && path.subList(0, above.size()).equals(above);
  }
}
