package dev.berth.executor.container;

import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * @param id the engine's content id, {@code sha256:…}; the same on hosts that hold the same image
 * @param digest the registry's digest with its repository where the image came from one, else the
 *     id
 * @param runtimeVersion what its label {@code berth.runtime-version} says; empty without
 * @param providers whose programs it has, by its labels {@code berth.provider.<key>}
 */
public record ImageInfo(String id, String digest, String runtimeVersion, Set<String> providers) {
  /** Labels set by whoever builds an image. */
  private static final String RUNTIME_VERSION = "berth.runtime-version";

  private static final String PROVIDER = "berth.provider.";

  public ImageInfo {
    providers = Set.copyOf(providers);
  }

  public static ImageInfo of(String id, String digest, Map<String, String> labels) {
    return new ImageInfo(
        id,
        digest,
        labels.getOrDefault(RUNTIME_VERSION, ""),
        labels.keySet().stream()
            .filter(label -> label.startsWith(PROVIDER))
            .map(label -> label.substring(PROVIDER.length()))
            .collect(Collectors.toSet()));
  }
}
