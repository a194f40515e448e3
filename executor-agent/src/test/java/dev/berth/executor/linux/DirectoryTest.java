package dev.berth.executor.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.berth.executor.linux.Directory.Access;
import dev.berth.format.FileName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DirectoryTest {
  @TempDir Path temp;
  Path rootPath;
  Directory root;

  @BeforeEach
  void open() throws Exception {
    rootPath = Files.createDirectory(temp.resolve("root"));
    root = Directory.open(rootPath);
  }

  @AfterEach
  void close() {
    root.close();
  }

  static FileName name(String text) {
    return FileName.of(text);
  }

  static int errnoOf(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    ErrnoException thrown = catchThrowableOfType(ErrnoException.class, call);
    assertThat(thrown).as("an errno").isNotNull();
    return thrown.errno();
  }

  @Test
  void file_isWrittenReadAndDescribed() throws Exception {
    byte[] content = new byte[300_000];
    new java.util.Random(1).nextBytes(content);
    try (OpenFile file = root.createFile(name("a"), 0600, Access.READ_WRITE)) {
      file.write(0, content, 0, content.length);
      file.chmod(0751);
      file.setModified(1_000_000_000L, 123_456_789);
      file.syncData();
    }
    try (OpenFile file = root.openFile(RelativePath.of("a"), Access.READ)) {
      byte[] back = new byte[content.length + 10];
      assertThat(file.read(0, back, 0, back.length)).isEqualTo(content.length);
      assertThat(java.util.Arrays.copyOf(back, content.length)).isEqualTo(content);
      FileStat stat = file.stat();
      assertThat(stat.type()).isEqualTo(FileType.REGULAR);
      assertThat(stat.mode()).isEqualTo(0751);
      assertThat(stat.size()).isEqualTo(content.length);
      assertThat(stat.mtimeSeconds()).isEqualTo(1_000_000_000L);
      assertThat(stat.mtimeNanos()).isEqualTo(123_456_789);
      assertThat(stat.ctimeSeconds()).isGreaterThan(1_700_000_000L);
      assertThat(stat.links()).isEqualTo(1);
      assertThat(stat.inode())
          .isEqualTo((long) (Long) Files.getAttribute(rootPath.resolve("a"), "unix:ino"));
      assertThat(stat.mountRoot()).isFalse();
    }
  }

  @Test
  void links_areNeverFollowed() throws Exception {
    Files.writeString(temp.resolve("secret"), "s");
    Files.createDirectory(temp.resolve("outside"));
    root.symlink(name("file"), "../secret".getBytes(UTF_8));
    root.symlink(name("dir"), temp.resolve("outside").toString().getBytes(UTF_8));
    assertThat(errnoOf(() -> root.openFile(name("file"), Access.READ))).isEqualTo(Errno.ELOOP);
    assertThat(errnoOf(() -> root.openDirectory(name("dir")))).isEqualTo(Errno.ENOTDIR);
    assertThat(errnoOf(() -> root.openFile(RelativePath.of("dir/x"), Access.READ)))
        .isEqualTo(Errno.ELOOP);
    assertThat(errnoOf(() -> root.stat(RelativePath.of("dir/x")))).isEqualTo(Errno.ENOTDIR);
    assertThat(errnoOf(() -> root.createFile(name("file"), 0600, Access.READ_WRITE)))
        .isEqualTo(Errno.EEXIST);
    assertThat(root.stat(name("file")).type()).isEqualTo(FileType.SYMLINK);
    assertThat(root.readLink(name("file"))).isEqualTo("../secret".getBytes(UTF_8));
  }

  @Test
  void fifo_neverBlocksAnOpen_andIsNotTakenForAFile() throws Exception {
    root.makeFifo(name("bell"), 0600);
    assertThat(errnoOf(() -> root.openFile(name("bell"), Access.READ))).isEqualTo(Errno.EINVAL);
    assertThat(errnoOf(() -> root.openFile(name("bell"), Access.READ_WRITE)))
        .isEqualTo(Errno.EINVAL);
    try (OpenFile bell = root.openFifo(name("bell"))) {
      bell.append(new byte[] {1}, 0, 1);
    }
    Files.createFile(rootPath.resolve("plain"));
    assertThat(errnoOf(() -> root.openFifo(name("plain")))).isEqualTo(Errno.EINVAL);
  }

  @Test
  void names_areBytes() throws Exception {
    byte[] odd = {'a', (byte) 0xff, '\n', (byte) 0xfe};
    FileName name = FileName.of(odd, 0, odd.length);
    root.createFile(name, 0644, Access.READ).close();
    List<FileName> seen = new ArrayList<>();
    root.forEachEntry(entry -> seen.add(entry.name()));
    assertThat(seen).containsExactly(name);
    assertThat(name.toString()).isEqualTo("a\\xff\\x0a\\xfe");
    root.unlink(name);
    assertThat(errnoOf(() -> root.stat(name))).isEqualTo(Errno.ENOENT);
  }

  @Test
  void entries_stopWhenTheVisitorHasEnough_andStartAgain() throws Exception {
    for (int i = 0; i < 5000; i++) {
      root.makeDirectory(name("d" + i), 0755);
    }
    int[] count = new int[1];
    root.forEachEntry(entry -> ++count[0] < 3000);
    assertThat(count[0]).isEqualTo(3000);
    count[0] = 0;
    root.forEachEntry(entry -> entry.type() == FileType.DIRECTORY && ++count[0] > 0);
    assertThat(count[0]).isEqualTo(5000);
  }

  @Test
  void rename_respectsWhatIsThere() throws Exception {
    Files.writeString(rootPath.resolve("a"), "a");
    Files.writeString(rootPath.resolve("b"), "b");
    assertThat(errnoOf(() -> root.rename(name("a"), root, name("b"), false)))
        .isEqualTo(Errno.EEXIST);
    root.rename(name("a"), root, name("b"), true);
    assertThat(rootPath.resolve("b")).hasContent("a");
    root.link(name("b"), root, name("c"));
    assertThat(root.stat(name("c")).links()).isEqualTo(2);
  }

  @Test
  void sparseFile_tellsItsHoles() throws Exception {
    try (OpenFile file = root.createFile(name("s"), 0644, Access.READ_WRITE)) {
      file.truncate(100L << 30);
      file.write(50L << 30, new byte[] {1}, 0, 1);
      long data = file.nextData(0);
      assertThat(data).isBetween((50L << 30) - (1 << 20), 50L << 30);
      assertThat(file.nextHole(data)).isGreaterThan(50L << 30);
      assertThat(file.nextData(51L << 30)).isEqualTo(-1);
    }
  }

  @Test
  void appendOnly_refusesTruncation_orSaysItCannot() throws Exception {
    try (OpenFile file = root.createFile(name("log"), 0644, Access.APPEND)) {
      if (file.setAppendOnly(true)) {
        assertThat(errnoOf(() -> file.truncate(0))).isEqualTo(Errno.EPERM);
        file.append(new byte[] {'x'}, 0, 1);
        assertThat(file.setAppendOnly(false)).isTrue();
      }
      file.truncate(0);
    }
  }

  @Test
  void path_refusesWhatLeavesTheRoot() {
    for (String bad : List.of("/etc", "..", "a/../b", "a//b", "./a", "a/", "a\0b", ".")) {
      assertThat(catchThrowableOfType(IllegalArgumentException.class, () -> RelativePath.of(bad)))
          .as(bad)
          .isNotNull();
    }
    assertThat(RelativePath.of("")).isEqualTo(RelativePath.ROOT);
    assertThat(RelativePath.of("a/b").parent().resolve(name("c"))).hasToString("a/c");
    assertThat(RelativePath.of("a/b")).isLessThan(RelativePath.of("a-b"));
    assertThat(RelativePath.of("..a/...").names()).hasSize(2);
  }

  @Test
  void directorySwappedForALink_isNeverLeft() throws Exception {
    Path outside = Files.createDirectory(temp.resolve("outside"));
    Files.writeString(outside.resolve("f"), "outside");
    Files.createDirectory(rootPath.resolve("real"));
    Files.writeString(rootPath.resolve("real/f"), "inside");
    Path swap = rootPath.resolve("d");
    AtomicBoolean stop = new AtomicBoolean();
    Thread swapper =
        Thread.ofPlatform()
            .start(() -> {
              try {
                while (!stop.get()) {
                  Files.createSymbolicLink(swap, outside);
                  Files.delete(swap);
                  Files.move(rootPath.resolve("real"), swap);
                  Files.move(swap, rootPath.resolve("real"));
                }
              } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    int opened = 0;
    byte[] content = new byte[16];
    for (int i = 0; i < 20_000; i++) {
      try (OpenFile file = root.openFile(RelativePath.of("d/f"), Access.READ)) {
        int length = file.read(0, content, 0, content.length);
        assertThat(new String(content, 0, length, UTF_8)).isEqualTo("inside");
        opened++;
      } catch (ErrnoException refused) {
        assertThat(refused.errno()).isIn(Errno.ENOENT, Errno.ELOOP);
      }
    }
    stop.set(true);
    swapper.join();
    assertThat(opened).isPositive();
  }
}
