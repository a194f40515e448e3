package dev.berth.cli.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {
  @TempDir Path directory;

  @Test
  void itHasThePermissionsOfANewFile_orExactlyThoseGiven() throws IOException {
    Path plain = Files.createFile(directory.resolve("plain"));
    Path here = directory.resolve("here");
    WholeFile.write(here, out -> out.write("x".getBytes(UTF_8)));
    assertThat(here).hasContent("x");
    assertThat(Files.getPosixFilePermissions(here)).isEqualTo(Files.getPosixFilePermissions(plain));

    var exactly = PosixFilePermissions.fromString("rwxrwxrwx");
    WholeFile.write(here, exactly, out -> out.write("y".getBytes(UTF_8)));
    assertThat(here).hasContent("y");
    assertThat(Files.getPosixFilePermissions(here)).isEqualTo(exactly);
  }

  @Test
  void whatEndsHalfWay_leavesEveryFileAsItWas() throws IOException {
    Path target = Files.writeString(directory.resolve("file"), "old");
    Path neighbour = Files.writeString(directory.resolve("file.part"), "mine");
    assertThatThrownBy(() ->
            WholeFile.write(
                target,
                out -> {
                  out.write("ne".getBytes(UTF_8));
                  throw new IOException("cut");
                }))
        .hasMessage("cut");
    assertThat(target).hasContent("old");
    assertThat(neighbour).hasContent("mine");
    assertThat(directory.toFile().list()).containsExactlyInAnyOrder("file", "file.part");
  }
}
