package dev.berth.cli;

/** What users type to name a file of a session. */
public final class WorkspacePath {
  private static final String MOUNT = "/workspace";

  private WorkspacePath() {}

  /** The path within the workspace: {@code /workspace/…} is understood too. */
  public static String within(String typed) {
    String path = typed.equals(MOUNT) ? "" : typed;
    path = path.startsWith(MOUNT + "/") ? path.substring(MOUNT.length() + 1) : path;
    path = path.equals(".") ? "" : path;
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }
}
