package dev.berth.executor.workspace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A file system of its own that is soon full. Only root can make one. */
final class SmallDisk implements AutoCloseable {
  private final Path at;

  SmallDisk(Path at, int megabytes) throws Exception {
    this.at = Files.createDirectories(at);
    run("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m", "tmpfs", at.toString());
  }

  Path path() {
    return at;
  }

  /** Leaves no room at all until {@link #free()}. */
  void fill() throws IOException {
    byte[] block = new byte[4096];
    try (OutputStream filler = Files.newOutputStream(at.resolve("filler"))) {
      while (true) {
        filler.write(block);
      }
    } catch (IOException full) {
      assertThat(full).hasMessageContaining("No space left");
    }
  }

  void free() throws IOException {
    Files.delete(at.resolve("filler"));
  }

  @Override
  public void close() throws Exception {
    run("umount", "--lazy", at.toString());
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(List.of(command)).inheritIO().start();
    assertThat(process.waitFor()).as("%s", List.of(command)).isZero();
  }
}
