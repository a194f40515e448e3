package dev.berth.executor.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateDirectoryTest {

  @TempDir Path temporary;

  @Test
  void open_refusesASecondAgent_andNamesTheFirst() throws Exception {
    var directory = temporary.resolve("executor");
    try (var held = StateDirectory.open(directory)) {
      assertThat(held.root()).exists();
      assertThatThrownBy(() -> StateDirectory.open(directory))
          .isInstanceOf(StateDirectoryException.class)
          .hasMessageContaining("process " + ProcessHandle.current().pid())
          .hasMessageContaining("--state-dir");
    }
    StateDirectory.open(directory).close();
  }

  @Test
  void identity_isReadableByItsOwnerOnly_andComesBack() throws Exception {
    try (var state = StateDirectory.open(temporary.resolve("executor"))) {
      var identity = new Identity("exr_1", "prj_1", "i", "secret");
      state.identity().write(identity);
      assertThat(state.identity().read()).contains(identity);
      assertThat(
              PosixFilePermissions.toString(
                  Files.getPosixFilePermissions(state.root().resolve("executor.json"))))
          .isEqualTo("rw-------");
      assertThat(identity.toString()).doesNotContain("secret");
    }
  }

  @Test
  void aDamagedRecord_isAnError_notAnAbsentOne() throws Exception {
    try (var state = StateDirectory.open(temporary.resolve("executor"))) {
      Files.writeString(state.root().resolve("executor.json"), "{");
      assertThatThrownBy(() -> state.identity().read())
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("damaged");
    }
  }
}
