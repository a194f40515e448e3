package dev.berth.cli.output;

import static java.nio.file.attribute.PosixFilePermissions.asFileAttribute;
import static java.nio.file.attribute.PosixFilePermissions.fromString;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A local file that takes its place, or another's, once all of it is written; else nothing is. */
public final class WholeFile {

  /** What is written. */
  @FunctionalInterface
  public interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  private WholeFile() {}

  /** With the permissions of a new file. */
  public static void write(Path target, Content content) throws IOException {
    write(target, null, content);
  }

  /**
   * Until all of it is here it stands beside the target, under a name that nothing has.
   *
   * @param exactly the permissions it has at last, and before that nobody else; null for those of a
   *     new file
   */
  public static void write(Path target, @Nullable Set<PosixFilePermission> exactly, Content content)
      throws IOException {
    Path directory = target.toAbsolutePath().getParent();
    var meanwhile = fromString(exactly == null ? "rw-rw-rw-" : "rw-------");
    Path part =
        Files.createTempFile(
            directory == null ? target : directory, ".berth-", ".part", asFileAttribute(meanwhile));
    try {
      try (OutputStream out = Files.newOutputStream(part)) {
        content.writeTo(out);
      }
      if (exactly != null) {
        Files.setPosixFilePermissions(part, exactly);
      }
      Files.move(part, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }
}
