package dev.berth.executor.workspace;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.berth.common.Id.SessionId;
import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.OpenFile;
import dev.berth.executor.linux.RelativePath;
import dev.berth.executor.workspace.WorkspaceException.Reason;
import dev.berth.format.FileName;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Workspaces that mean harm: what cannot be kept is left out or refused, and the rest is saved.
 * {@code -Dberth.files} empty files are saved and restored.
 */
@Timeout(240)
class HostileTreeTest extends CopyHarness {
  private static final int MANY = Integer.getInteger("berth.files", 20_000);

  /** When it was last read: the kernel notes a read where that was before the last write. */
  private static FileTime unread(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .lastAccessTime();
  }

  @Test
  void whatStandsOutside_isNeitherReadNorWritten_whileNamesAreSwappedForLinksAndPipes()
      throws Exception {
    Path outside = Files.createDirectory(temp.resolve("outside"));
    Path secret = Files.writeString(outside.resolve("secret"), "secret");
    FileTime longAgo = FileTime.fromMillis(1_000_000_000_000L);
    for (Path path : new Path[] {secret, outside}) {
      new ProcessBuilder("touch", "-a", "-d", "@1000000000", path.toString()).start().waitFor();
      assertThat(unread(path)).isEqualTo(longAgo);
    }
    for (int i = 0; i < 20; i++) {
      Files.createDirectories(ws().resolve("d" + i));
      Files.writeString(ws().resolve("d" + i + "/secret"), "public");
    }
    AtomicBoolean stop = new AtomicBoolean();
    Thread swapper =
        Thread.ofPlatform()
            .start(() -> {
              Random random = new Random(2);
              while (!stop.get()) {
                swap(random, outside);
              }
            });
    for (int i = 0; i < 6; i++) {
      sync(false);
      Copy other = restored();
      try (var walk = Files.walk(other.workspace())) {
        assertThat(walk.filter(f -> Files.isRegularFile(f, LinkOption.NOFOLLOW_LINKS)))
            .allSatisfy(file -> assertThat(file).hasContent("public"));
      }
      copy.files().pull(RelativePath.ROOT, java.io.OutputStream.nullOutputStream());
      copies.remove(other.session());
    }
    stop.set(true);
    swapper.join();
    assertThat(unread(outside)).isEqualTo(longAgo);
    assertThat(unread(secret)).isEqualTo(longAgo);
    assertThat(outside.toFile().list()).containsExactly("secret");
    assertThat(unread(outside)).as("a read shows").isNotEqualTo(longAgo);
    sync(true);
    assertRestoresEqual();
  }

  /** A directory becomes a link and itself again, its file a link, a pipe and itself again. */
  private void swap(Random random, Path outside) {
    try (Directory top = Directory.open(ws())) {
      String name = "d" + random.nextInt(20);
      Path real = ws().resolve(name);
      Path aside = ws().resolve(name + ".aside");
      Path file = real.resolve("secret");
      Path hidden = real.resolve("hidden");
      Files.move(file, hidden);
      if (random.nextBoolean()) {
        Files.createSymbolicLink(file, outside.resolve("secret"));
      } else {
        try (Directory directory = top.openDirectory(FileName.of(name))) {
          directory.makeFifo(FileName.of("secret"), 0666);
        }
      }
      Files.delete(file);
      Files.move(hidden, file);
      Files.move(real, aside);
      Files.createSymbolicLink(real, outside);
      Files.delete(real);
      Files.move(aside, real);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void pipesSocketsAndDevices_areLeftOut_neverOpened_andCanBeRemoved() throws Exception {
    assumeTrue(root(), "only root makes devices");
    Files.createDirectory(ws().resolve("odd"));
    Files.writeString(ws().resolve("odd/kept"), "x");
    try (Directory odd = Directory.open(ws().resolve("odd"));
        ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      socket.bind(UnixDomainSocketAddress.of(ws().resolve("odd/socket")));
      odd.makeFifo(FileName.of("pipe"), 0666);
      for (String device : new String[] {"zero c 1 5", "disk b 7 0"}) {
        String command = "mknod " + ws().resolve("odd") + "/" + device;
        assertThat(new ProcessBuilder(command.split(" ")).inheritIO().start().waitFor()).isZero();
      }
      for (String name : new String[] {"socket", "pipe"}) {
        RelativePath path = RelativePath.of("odd/" + name);
        assertThat(
                catchThrowableOfType(
                        WorkspaceException.class,
                        () -> copy.files().read(path, 0, 0, new Refused()))
                    .reason())
            .as(name)
            .isEqualTo(Reason.PATH_TYPE);
      }
      sync(false);
      Map<String, String> back = Trees.describe(restored().workspace());
      assertThat(back.keySet()).containsExactly("", "odd", "odd/kept");
      ByteArrayOutputStream tar = new ByteArrayOutputStream();
      assertThat(copy.files().pull(RelativePath.ROOT, tar).files()).isEqualTo(1);
    }
    copy.files().delete(RelativePath.of("odd"), true);
    sync(true);
    assertRestoresEqual();
  }

  private static final class Refused implements FileInfo.Sink {
    @Override
    public void begin(FileInfo file) {
      throw new AssertionError("opened");
    }

    @Override
    public void data(byte[] bytes, int length) {
      throw new AssertionError("read");
    }
  }

  @Test
  void namesThatNoFileSystemHolds_areRefusedWhereTheyComeFromATar() throws Exception {
    sync(true);
    for (int length : new int[] {255, 256, 300}) {
      ByteArrayOutputStream tar = new ByteArrayOutputStream();
      byte[] name = ("L".repeat(length) + "\0").getBytes(UTF_8);
      tar.writeBytes(
          TarHeader.write('L', "././@LongLink".getBytes(UTF_8), new byte[0], 0, name.length, 0));
      tar.writeBytes(name);
      tar.writeBytes(new byte[-name.length & 511]);
      tar.writeBytes(TarHeader.write('0', "cut".getBytes(UTF_8), new byte[0], 0644, 0, 0));
      tar.writeBytes(new byte[1024]);
      var in = new ByteArrayInputStream(tar.toByteArray());
      if (length == 255) {
        assertThat(copy.files().push(RelativePath.ROOT, in).files()).isEqualTo(1);
      } else {
        WorkspaceException refused =
            catchThrowableOfType(
                WorkspaceException.class, () -> copy.files().push(RelativePath.ROOT, in));
        assertThat(refused.reason()).isEqualTo(Reason.ARCHIVE_INVALID);
      }
    }
    assertThat(ws().toFile().list()).containsExactly("L".repeat(255));
    sync(true);
    assertRestoresEqual();
  }

  @Test
  void namesOfAnyBytes_andTwoNamesOfOneFile_comeBack() throws Exception {
    byte[][] names = {
      "two\nlines\n".getBytes(UTF_8),
      {(byte) 0xff, (byte) 0xfe},
      {(byte) 0xc3, (byte) 0x28},
      "-rf *".getBytes(UTF_8),
      " ".getBytes(UTF_8),
      {1, 27, '[', '2', 'J'},
      filled(255)
    };
    try (Directory directory = Directory.open(ws())) {
      for (byte[] name : names) {
        try (OpenFile file =
            directory.createFile(
                FileName.of(name, 0, name.length), 0644, Directory.Access.READ_WRITE)) {
          file.write(0, name, 0, name.length);
        }
      }
      FileName first = FileName.of(names[0], 0, names[0].length);
      directory.link(first, directory, FileName.of("second name"));
    }
    sync(true);
    assertRestoresEqual();
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    copy.files().pull(RelativePath.ROOT, tar);
    copy.files().push(RelativePath.of("again"), new ByteArrayInputStream(tar.toByteArray()));
    try (Directory again = Directory.open(ws().resolve("again"))) {
      for (byte[] name : names) {
        assertThat(again.stat(FileName.of(name, 0, name.length)).size()).isEqualTo(name.length);
      }
    }
  }

  private static byte[] filled(int length) {
    byte[] name = new byte[length];
    Arrays.fill(name, (byte) 0x80);
    return name;
  }

  @Test
  void tooDeepATree_failsTheSave_andTheHeadStays() throws Exception {
    Files.writeString(ws().resolve("kept"), "x");
    sync(true);
    Map<String, String> saved = Trees.describe(ws());
    copy.markDirty(2);
    Directory at = Directory.open(ws());
    for (int i = 0; i < 10_000; i++) {
      at.makeDirectory(FileName.of("d"), 0755);
      Directory next = at.openDirectory(FileName.of("d"));
      at.close();
      at = next;
    }
    at.close();
    assertThat(catchThrowableOfType(WorkspaceException.class, () -> sync(true)).reason())
        .isEqualTo(Reason.LIMIT);
    assertThat(copy.state().dirty()).isTrue();
    assertThat(Trees.describe(restored().workspace())).isEqualTo(saved);
    copy.files().delete(RelativePath.of("d"), true);
    sync(true);
    assertRestoresEqual();
  }

  /** What many files hold: nothing, or each a few bytes of its own. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Timeout(1800)
  void manyFiles_areSavedAndRestored(boolean content) throws Exception {
    assumeTrue(root(), "a disk with room for so many files");
    CopyLimits limits = CopyLimits.ofDisk(Math.max(1L << 30, MANY * 10_000L));
    Copy many = copies.open(new SessionId(ids.next()), limits);
    many.restore(Optional.empty(), plane, Progress.NONE);
    many.serve(1);
    many.markDirty(1);
    for (int d = 0; d < MANY; d += 10_000) {
      Path below = Files.createDirectory(many.workspace().resolve("d" + d));
      try (Directory directory = Directory.open(below)) {
        for (int i = 0; i < Math.min(10_000, MANY - d); i++) {
          try (OpenFile file =
              directory.createFile(FileName.of("f" + i), 0644, Directory.Access.READ_WRITE)) {
            byte[] own = content ? ("content " + d + " " + i).getBytes(UTF_8) : new byte[0];
            file.write(0, own, 0, own.length);
          }
        }
      }
    }
    many.sync(new SyncRequest(1, "STOP", 1, true, false), plane, Progress.NONE);
    Copy back = copies.open(new SessionId(ids.next()), limits);
    back.restore(plane.head, plane, Progress.NONE);
    assertThat(Trees.digest(back.workspace())).isEqualTo(Trees.digest(many.workspace()));
  }
}
