package dev.berth.controlplane.artifact;

import java.net.URLConnection;
import java.util.Objects;

/** What a file holds, by the ending of its name. */
final class ContentType {
  private static final String UNKNOWN = "application/octet-stream";

  private ContentType() {}

  static String of(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    return Objects.requireNonNullElse(
        URLConnection.guessContentTypeFromName(name.replace('#', '_')), UNKNOWN);
  }
}
