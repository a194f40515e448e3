package dev.berth.controlplane.platform.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Small files under the home directory that only their owner may read: secrets, and where we
 * listen.
 */
public final class PrivateFiles {

  private PrivateFiles() {}

  /** Makes the directory and its parents, for the owner alone where it is new. */
  public static Path directory(Path path) {
    try {
      return Files.createDirectories(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make the directory " + path, e);
    }
  }

  /** The file's text without white space around it; empty where there is no such file. */
  public static Optional<String> read(Path path) {
    try {
      return Files.exists(path) ? Optional.of(Files.readString(path).strip()) : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path, e);
    }
  }

  /**
   * Replaces the file in one step, on disk when this returns, readable by the owner alone (0600).
   */
  public static void write(Path path, String text) {
    Path directory = directory(Objects.requireNonNull(path.toAbsolutePath().getParent()));
    try {
      Path temporary =
          Files.createTempFile(
              directory,
              "." + path.getFileName(),
              ".new",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(temporary, text);
      try (FileChannel channel = FileChannel.open(temporary, Set.of(StandardOpenOption.WRITE))) {
        channel.force(true);
      }
      Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + path, e);
    }
  }
}
