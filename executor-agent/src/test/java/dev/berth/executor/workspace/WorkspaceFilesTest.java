package dev.berth.executor.workspace;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.berth.common.Id.SessionId;
import dev.berth.common.IdSource;
import dev.berth.executor.linux.RelativePath;
import dev.berth.executor.workspace.FileInfo.Listing;
import dev.berth.executor.workspace.FileInfo.Moved;
import dev.berth.executor.workspace.WorkspaceException.Reason;
import dev.berth.format.FileName;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class WorkspaceFilesTest {
  @TempDir Path temp;
  Copies copies;
  Copy copy;
  WorkspaceFiles files;
  Path ws;

  @BeforeEach
  void start() throws Exception {
    ObjectStoreClient store = new ObjectStoreClient(Duration.ofSeconds(1), Duration.ofSeconds(1));
    IdSource ids = new IdSource(Clock.systemUTC());
    copies =
        Copies.open(
            temp.resolve("copies"),
            new CopyServices(Owner.SELF, Clock.systemUTC(), ids, "boot", store),
            false);
    copy = copies.open(new SessionId(ids.next()), CopyLimits.ofDisk(64 << 20));
    copy.restore(Optional.empty(), new NoTransfers(), Progress.NONE);
    files = copy.files();
    ws = copy.workspace();
  }

  @AfterEach
  void stop() throws Exception {
    copies.remove(copy.session());
    copies.close();
  }

  private static final class NoTransfers implements SnapshotTransfers {
    @Override
    public Map<dev.berth.common.Id.PackId, Transfer> createUploads(List<ObjectToUpload> objects) {
      throw new AssertionError("nothing is uploaded");
    }

    @Override
    public Map<dev.berth.common.Id.PackId, Transfer> createDownloads(
        java.util.Set<dev.berth.common.Id.PackId> objects) {
      throw new AssertionError("nothing is downloaded");
    }

    @Override
    public CommitResult commit(CommitRequest request) {
      throw new AssertionError("nothing is committed");
    }
  }

  static RelativePath path(String text) {
    return RelativePath.of(text);
  }

  private FileInfo write(String path, String content) throws IOException {
    return files.write(path(path), 0644, false, new ByteArrayInputStream(content.getBytes(UTF_8)));
  }

  private static Reason reasonOf(ThrowingCallable call) {
    WorkspaceException thrown = catchThrowableOfType(WorkspaceException.class, call);
    assertThat(thrown).isNotNull();
    return thrown.reason();
  }

  private String read(String path, long offset, long length) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    files.read(
        path(path),
        offset,
        length,
        new FileInfo.Sink() {
          @Override
          public void begin(FileInfo file) {}

          @Override
          public void data(byte[] bytes, int count) {
            out.write(bytes, 0, count);
          }
        });
    return out.toString(UTF_8);
  }

  @Test
  void write_makesParents_replacesAtOnce_andLeavesNothingBehind() throws Exception {
    assertThat(write("a/b/c", "one").size()).isEqualTo(3);
    write("a/b/c", "two!");
    assertThat(read("a/b/c", 0, 0)).isEqualTo("two!");
    assertThat(read("a/b/c", 1, 2)).isEqualTo("wo");
    assertThat(reasonOf(() -> read("a/b/c", 5, 0))).isEqualTo(Reason.OFFSET_OUT_OF_RANGE);
    assertThat(
            reasonOf(() ->
                files.write(path("a/b/c"), 0600, true, new ByteArrayInputStream(new byte[1]))))
        .isEqualTo(Reason.PATH_EXISTS);
    assertThat(read("a/b/c", 0, 0)).isEqualTo("two!");
    assertThat(reasonOf(() -> write("a/b", "x"))).isEqualTo(Reason.PATH_TYPE);
    assertThat(ws.resolveSibling(".staging")).isEmptyDirectory();
  }

  @Test
  void links_areShown_andNeverFollowed() throws Exception {
    Path outside = Files.createDirectory(temp.resolve("outside"));
    Files.writeString(outside.resolve("secret"), "s");
    Files.createSymbolicLink(ws.resolve("dir"), outside);
    Files.createSymbolicLink(ws.resolve("file"), outside.resolve("secret"));
    assertThat(files.stat(path("file")).linkTarget()).isPresent();
    assertThat(reasonOf(() -> read("file", 0, 0))).isEqualTo(Reason.PATH_TYPE);
    assertThat(reasonOf(() -> read("dir/secret", 0, 0))).isEqualTo(Reason.PATH_TYPE);
    assertThat(reasonOf(() -> write("dir/new", "x"))).isEqualTo(Reason.PATH_TYPE);
    assertThat(reasonOf(() -> files.list(path("dir"), Optional.empty(), 10)))
        .isEqualTo(Reason.PATH_TYPE);
    assertThat(reasonOf(() -> files.delete(path("dir/secret"), true))).isEqualTo(Reason.PATH_TYPE);
    write("file", "mine");
    assertThat(outside.resolve("secret")).hasContent("s");
    assertThat(read("file", 0, 0)).isEqualTo("mine");
    files.delete(path("dir"), true);
    assertThat(outside.resolve("secret")).exists();
  }

  @Test
  void list_isPagedInByteOrder() throws Exception {
    for (int i = 0; i < 25; i++) {
      write("d/f%02d".formatted(i), "x");
    }
    List<String> seen = new ArrayList<>();
    Optional<FileName> after = Optional.empty();
    Listing page;
    do {
      page = files.list(path("d"), after, 10);
      page.files().forEach(file -> seen.add(file.path().toString()));
      after = Optional.of(page.files().getLast().path().name());
    } while (page.more());
    assertThat(seen).hasSize(25).isSorted().startsWith("d/f00");
    assertThat(reasonOf(() -> files.list(path("none"), Optional.empty(), 1)))
        .isEqualTo(Reason.PATH_NOT_FOUND);
  }

  @Test
  void delete_needsRecursiveForWhatIsFull() throws Exception {
    write("d/e/f", "x");
    assertThat(reasonOf(() -> files.delete(path("d"), false)))
        .isEqualTo(Reason.DIRECTORY_NOT_EMPTY);
    files.delete(path("d"), true);
    assertThat(reasonOf(() -> files.stat(path("d")))).isEqualTo(Reason.PATH_NOT_FOUND);
    assertThat(reasonOf(() -> files.delete(RelativePath.ROOT, true)))
        .isEqualTo(Reason.PATH_INVALID);
  }

  private byte[] tarOf(Path directory, String... options) throws Exception {
    List<String> command = new ArrayList<>(List.of("tar"));
    command.addAll(List.of(options));
    command.addAll(List.of("-cf", "-", "-C", directory.toString(), "."));
    Process process = new ProcessBuilder(command).start();
    byte[] tar = process.getInputStream().readAllBytes();
    assertThat(process.waitFor()).isZero();
    return tar;
  }

  @Test
  void push_unpacksWhatTarPacks_inEachFormat_andPullGivesItBack() throws Exception {
    Path source = Files.createDirectory(temp.resolve("source"));
    Files.createDirectories(source.resolve("deep/" + "n".repeat(120) + "/" + "m".repeat(120)));
    Files.writeString(
        source.resolve("deep/" + "n".repeat(120) + "/" + "m".repeat(120) + "/f"), "long");
    Files.writeString(source.resolve("ümlaut"), "u");
    Files.createLink(source.resolve("hard"), source.resolve("ümlaut"));
    Files.createSymbolicLink(source.resolve("link"), Path.of("/absolute/" + "t".repeat(150)));
    byte[] large = new byte[300_001];
    new Random(1).nextBytes(large);
    Files.write(source.resolve("large"), large);
    for (String format : List.of("--format=gnu", "--format=pax")) {
      Moved moved = files.push(path("in"), new ByteArrayInputStream(tarOf(source, format)));
      assertThat(moved.files()).isEqualTo(5);
      assertThat(ws.resolve("in/large")).hasBinaryContent(large);
      ByteArrayOutputStream tar = new ByteArrayOutputStream();
      files.pull(path("in"), tar);
      Path back = Files.createDirectory(temp.resolve("back" + format));
      Process untar =
          new ProcessBuilder("tar", "-xf", "-", "-C", back.toString())
              .redirectErrorStream(true)
              .start();
      try (var in = untar.getOutputStream()) {
        tar.writeTo(in);
      }
      assertThat(untar.waitFor()).isZero();
      assertThat(contents(back)).isEqualTo(contents(source));
      files.delete(path("in"), true);
    }
  }

  private static Map<String, String> contents(Path root) throws IOException {
    Map<String, String> contents = Trees.describe(root);
    contents.replaceAll((path, line) -> line.replaceFirst(" [-0-9]+\\.[0-9]{9}", ""));
    return contents;
  }

  private static byte[] entry(char type, String name, String link, String content) {
    byte[] text = content.getBytes(UTF_8);
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    tar.writeBytes(
        TarHeader.write(type, name.getBytes(UTF_8), link.getBytes(UTF_8), 06755, text.length, 1));
    tar.writeBytes(text);
    tar.writeBytes(new byte[-text.length & 511]);
    return tar.toByteArray();
  }

  private void push(byte[]... entries) throws IOException {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    for (byte[] entry : entries) {
      tar.writeBytes(entry);
    }
    tar.writeBytes(new byte[1024]);
    files.push(RelativePath.ROOT, new ByteArrayInputStream(tar.toByteArray()));
  }

  @Test
  void push_refusesToLeaveTheWorkspace() throws Exception {
    Path outside = Files.createDirectory(temp.resolve("outside"));
    for (String name : List.of("../evil", "a/../../evil", "/etc/evil", "a/..")) {
      assertThat(reasonOf(() -> push(entry('0', name, "", "x"))))
          .as(name)
          .isEqualTo(Reason.ARCHIVE_INVALID);
    }
    for (String target : List.of("/etc/passwd", "../outside")) {
      assertThat(reasonOf(() -> push(entry('1', "hard", target, ""))))
          .isEqualTo(Reason.ARCHIVE_INVALID);
    }
    assertThat(
            reasonOf(() ->
                push(entry('2', "out", outside.toString(), ""), entry('0', "out/evil", "", "x"))))
        .isEqualTo(Reason.PATH_TYPE);
    assertThat(
            reasonOf(() ->
                push(entry('2', "out", outside.toString(), ""), entry('1', "hard", "out/x", ""))))
        .isEqualTo(Reason.PATH_TYPE);
    assertThat(outside).isEmptyDirectory();
    push(entry('0', "out", "", "replaced"));
    assertThat(ws.resolve("out")).isRegularFile().hasContent("replaced");
    assertThat(files.stat(path("out")).mode()).isEqualTo(0755);
  }

  @Test
  void push_ofDamagedStreams_failsClearly() throws Exception {
    byte[] whole = entry('0', "f", "", "x".repeat(2000));
    for (int length : new int[] {100, 512, 600, 1500}) {
      byte[] cut = java.util.Arrays.copyOf(whole, length);
      assertThat(reasonOf(() -> files.push(RelativePath.ROOT, new ByteArrayInputStream(cut))))
          .isEqualTo(Reason.ARCHIVE_INVALID);
    }
    whole[3] ^= 1;
    assertThat(reasonOf(() -> push(whole))).isEqualTo(Reason.ARCHIVE_INVALID);
    assertThat(reasonOf(() -> push(entry('S', "sparse", "", ""))))
        .isEqualTo(Reason.ARCHIVE_INVALID);
    assertThat(ws.resolve("f")).doesNotExist();
    push(entry('3', "device", "", ""), entry('6', "fifo", "", ""), entry('0', "g", "", ""));
    assertThat(ws)
        .isDirectoryNotContaining("glob:**{device,fifo}")
        .isDirectoryContaining("glob:**g");
  }

  private FileInfo writeInto(String path, OptionalLong at, String content) throws IOException {
    return files.writeInto(path(path), 0640, at, new ByteArrayInputStream(content.getBytes(UTF_8)));
  }

  @Test
  void writeInto_appendsAndReplacesBytes_andMakesWhatIsMissing() throws Exception {
    FileInfo made = writeInto("log/today", OptionalLong.empty(), "one\n");
    assertThat(made.mode()).isEqualTo(0640);
    assertThat(writeInto("log/today", OptionalLong.empty(), "two\n").size()).isEqualTo(8);
    writeInto("log/today", OptionalLong.of(4), "TWO");
    writeInto("log/today", OptionalLong.of(8), "three\n");
    assertThat(ws.resolve("log/today")).hasContent("one\nTWO\nthree\n");

    assertThat(reasonOf(() -> writeInto("log/today", OptionalLong.of(15), "x")))
        .isEqualTo(Reason.OFFSET_OUT_OF_RANGE);
    assertThat(reasonOf(() -> writeInto("missing", OptionalLong.of(1), "x")))
        .isEqualTo(Reason.PATH_NOT_FOUND);
    Files.createSymbolicLink(ws.resolve("link"), Path.of("log/today"));
    assertThat(reasonOf(() -> writeInto("link", OptionalLong.empty(), "x")))
        .isEqualTo(Reason.PATH_TYPE);
  }

  @Test
  void move_replacesOnlyWhereAsked_andMovesALinkItself() throws Exception {
    write("a", "a");
    write("b", "b");
    assertThat(reasonOf(() -> files.move(path("a"), path("b"), false)))
        .isEqualTo(Reason.PATH_EXISTS);
    assertThat(files.move(path("a"), path("b"), true).path()).isEqualTo(path("b"));
    assertThat(ws.resolve("a")).doesNotExist();
    assertThat(ws.resolve("b")).hasContent("a");

    Files.createSymbolicLink(ws.resolve("link"), Path.of("b"));
    files.move(path("link"), path("deep/er/link"), false);
    assertThat(ws.resolve("deep/er/link")).isSymbolicLink();
    assertThat(ws.resolve("b")).hasContent("a");
    files.move(path("deep"), path("moved"), false);
    assertThat(ws.resolve("moved/er/link")).isSymbolicLink();

    assertThat(reasonOf(() -> files.move(path("moved"), path("moved/er/into"), false)))
        .isEqualTo(Reason.PATH_TYPE);
    assertThat(reasonOf(() -> files.move(path("none"), path("x/y"), false)))
        .isEqualTo(Reason.PATH_NOT_FOUND);
    assertThat(ws.resolve("x")).doesNotExist();
    assertThat(reasonOf(() -> files.move(path("b"), path("moved"), true)))
        .isEqualTo(Reason.PATH_TYPE);
    Files.createSymbolicLink(ws.resolve("out"), temp);
    assertThat(reasonOf(() -> files.move(path("b"), path("out/stolen"), false)))
        .isEqualTo(Reason.PATH_TYPE);
  }

  @Test
  void setMode_changesFilesAndDirectories_andNeverThroughALink() throws Exception {
    write("tool", "#!/bin/sh");
    assertThat(files.setMode(path("tool"), 0755).mode()).isEqualTo(0755);
    files.makeDirectory(path("closed"));
    assertThat(files.setMode(path("closed"), 0700).mode()).isEqualTo(0700);
    assertThat(files.setMode(path("tool"), 04711).mode()).isEqualTo(0711);
    Files.createSymbolicLink(ws.resolve("link"), Path.of("tool"));
    assertThat(reasonOf(() -> files.setMode(path("link"), 0777))).isEqualTo(Reason.PATH_TYPE);
  }
}
