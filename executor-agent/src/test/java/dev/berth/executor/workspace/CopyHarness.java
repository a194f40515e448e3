package dev.berth.executor.workspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.common.Id.SessionId;
import dev.berth.common.IdSource;
import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.OpenFile;
import dev.berth.format.FileName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A copy on a real file system, with a disk of its own where the host can, and a real S3 server.
 */
abstract class CopyHarness {
  static final CopyLimits LIMITS = CopyLimits.ofDisk(256 << 20);

  @TempDir static Path shared;
  static final java.util.List<S3> STORE = new java.util.ArrayList<>();
  @TempDir Path temp;
  final IdSource ids = new IdSource(Clock.systemUTC());
  S3 s3;
  Plane plane;
  Copies copies;
  Copy copy;

  @BeforeAll
  static void startStore() throws Exception {
    STORE.add(new S3(shared.resolve("s3")));
  }

  @AfterAll
  static void stopStore() throws Exception {
    STORE.removeLast().close();
  }

  @BeforeEach
  void start() throws Exception {
    s3 = STORE.getLast();
    plane = new Plane(s3);
    copies = copies("boot-1");
    copy = copies.open(new SessionId(ids.next()), LIMITS);
    copy.restore(Optional.empty(), plane, Progress.NONE);
    copy.serve(1);
    copy.markDirty(1);
  }

  Copies copies(String bootId) throws IOException {
    return copies(bootId, new ObjectStoreClient(Duration.ofSeconds(10), Duration.ofSeconds(60)));
  }

  Copies copies(String bootId, ObjectStoreClient store) throws IOException {
    return Copies.open(
        temp.resolve("copies"),
        new CopyServices(
            root() ? Owner.SANDBOX : Owner.SELF, Clock.systemUTC(), ids, bootId, store),
        root());
  }

  /** Whether copies can have disks of their own here. */
  static boolean root() {
    return ProcessHandle.current().info().user().orElse("").equals("root");
  }

  @AfterEach
  void stop() throws Exception {
    for (CopyState state : copies.list()) {
      copies.remove(state.session());
    }
    copies.close();
  }

  SyncResult sync(boolean quiescent) throws IOException {
    return copy.sync(new SyncRequest(1, "REQUESTED", 1, quiescent, false), plane, Progress.NONE);
  }

  Copy restored() throws IOException {
    Copy other = copies.open(new SessionId(ids.next()), LIMITS);
    other.restore(plane.head, plane, Progress.NONE);
    return other;
  }

  void assertRestoresEqual() throws IOException {
    Map<String, String> want = Trees.describe(copy.workspace());
    Copy other = restored();
    assertThat(Trees.describe(other.workspace())).isEqualTo(want);
    copies.remove(other.session());
  }

  Path ws() {
    return copy.workspace();
  }

  void writeOdd() throws IOException {
    Files.createDirectories(ws().resolve("a/b/empty"));
    Files.writeString(ws().resolve("a/file"), "content");
    Files.writeString(ws().resolve("a/empty-file"), "");
    Files.writeString(ws().resolve("a/copy"), "content");
    Files.createSymbolicLink(ws().resolve("a/link"), Path.of("../../etc/passwd"));
    Files.createSymbolicLink(ws().resolve("dangling"), Path.of("/nowhere"));
    Files.createLink(ws().resolve("hard"), ws().resolve("a/file"));
    Path script = Files.writeString(ws().resolve("run.sh"), "#!/bin/sh\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-x--x"));
    Files.setPosixFilePermissions(
        ws().resolve("a/b/empty"), PosixFilePermissions.fromString("r-x------"));
    byte[] odd = {(byte) 0xff, '\n', (byte) 0xc3, 'x', ' ', '"'};
    try (Directory directory = Directory.open(ws())) {
      directory.createFile(FileName.of(odd, 0, odd.length), 0644, Directory.Access.READ).close();
      byte[] longest = new byte[255];
      java.util.Arrays.fill(longest, (byte) 'n');
      directory.createFile(FileName.of(longest, 0, 255), 0600, Directory.Access.READ).close();
    }
    byte[] large = new byte[9_000_000];
    new Random(3).nextBytes(large);
    Files.write(ws().resolve("large"), large);
    try (Directory directory = Directory.open(ws());
        OpenFile sparse =
            directory.createFile(FileName.of("sparse"), 0644, Directory.Access.READ_WRITE)) {
      sparse.truncate(100L << 30);
      sparse.write(70L << 30, large, 0, 5000);
    }
  }
}
