package dev.berth.testing.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;

/** What a stack's secrets are kept by. */
final class SecretsKey {
  private SecretsKey() {}

  /** A file with a key of its own. */
  static Path in(Path home) {
    byte[] key = new byte[32];
    new SecureRandom().nextBytes(key);
    try {
      return Files.writeString(
          home.resolve("secrets.key"), Base64.getEncoder().encodeToString(key));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
