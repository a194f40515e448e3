package dev.berth.executor.gateway;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;

/**
 * Where models are and the keys that open them, as a file of the host's operator says: {@code
 * anthropic.key}, {@code anthropic.url}, {@code openai.key}, {@code openai.url}. A vendor without a
 * key is not reached.
 */
public final class Upstreams {
  private static final Map<Vendor, String> USUAL =
      Map.of(
          Vendor.ANTHROPIC, "https://api.anthropic.com", Vendor.OPENAI, "https://api.openai.com");

  private Upstreams() {}

  public static Map<Vendor, Upstream> read(Path file) throws IOException {
    var properties = new Properties();
    try (var text = Files.newBufferedReader(file)) {
      properties.load(text);
    }
    var found = new EnumMap<Vendor, Upstream>(Vendor.class);
    for (var vendor : Vendor.values()) {
      var name = vendor.name().toLowerCase(Locale.ROOT);
      var key = properties.getProperty(name + ".key", "").strip();
      if (!key.isEmpty()) {
        var url = properties.getProperty(name + ".url", USUAL.getOrDefault(vendor, "")).strip();
        found.put(vendor, new Upstream(URI.create(url), key));
      }
    }
    return found;
  }
}
