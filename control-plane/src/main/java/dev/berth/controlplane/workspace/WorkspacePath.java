package dev.berth.controlplane.workspace;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A path relative to a session's workspace as clients may write it: {@code /}-separated components,
 * none of them empty, {@code .} or {@code ..}; no NUL; at most {@value #MAX_BYTES} bytes of UTF-8
 * in all and {@value #MAX_COMPONENT_BYTES} a component. The empty path is the workspace itself.
 *
 * <p>This only refuses early what can never be right. What a path leads to is decided by the
 * executor, one component at a time and without following links.
 */
final class WorkspacePath {

  static final int MAX_BYTES = 4096;
  static final int MAX_COMPONENT_BYTES = 255;

  private WorkspacePath() {}

  /** Why the path cannot be used, as a sentence that does not repeat it; empty where it can. */
  static Optional<String> problem(String path) {
    if (path.isEmpty()) {
      return Optional.empty();
    }
    if (path.indexOf('\0') >= 0) {
      return Optional.of("must not contain a NUL byte");
    }
    if (path.charAt(0) == '/') {
      return Optional.of("must be relative to the workspace, without a leading slash");
    }
    if (bytes(path) > MAX_BYTES) {
      return Optional.of("must be at most 4096 bytes long");
    }
    for (String component : path.split("/", -1)) {
      if (component.isEmpty()) {
        return Optional.of("must not contain an empty component");
      }
      if (component.equals(".") || component.equals("..")) {
        return Optional.of("must not contain the component " + component);
      }
      if (bytes(component) > MAX_COMPONENT_BYTES) {
        return Optional.of("must not contain a component longer than 255 bytes");
      }
    }
    return Optional.empty();
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
