package dev.berth.cli.connection;

import com.google.gson.Gson;
import com.google.gson.reflect.TypeToken;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;

/** The service config that the build of the protos publishes for clients in any language. */
final class ServiceConfig {
  private static final String PUBLISHED = "/berth-service-config.json";

  private ServiceConfig() {}

  /** As gRPC takes it: maps, lists, strings, and numbers as {@code Double}. */
  static Map<String, ?> published() {
    try (InputStream file =
        Objects.requireNonNull(ServiceConfig.class.getResourceAsStream(PUBLISHED), PUBLISHED)) {
      return new Gson()
          .fromJson(
              new InputStreamReader(file, StandardCharsets.UTF_8),
              new TypeToken<Map<String, ?>>() {});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
