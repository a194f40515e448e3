package dev.berth.executor.workspace;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.berth.common.Id.SessionId;
import dev.berth.common.IdSource;
import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.FileName;
import dev.berth.executor.linux.OpenFile;
import dev.berth.executor.workspace.WorkspaceException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Saving and restoring on a real file system, with a disk of its own where the host can, through a
 * real S3 server.
 */
@Timeout(120)
class CopyTest {
  private static final CopyLimits LIMITS = CopyLimits.ofDisk(256 << 20);

  @TempDir Path temp;
  final IdSource ids = new IdSource(Clock.systemUTC());
  S3 s3;
  Plane plane;
  Copies copies;
  Copy copy;

  @BeforeEach
  void start() throws Exception {
    s3 = new S3(temp.resolve("s3"));
    plane = new Plane(s3);
    copies = copies("boot-1");
    copy = copies.open(new SessionId(ids.next()), LIMITS);
    copy.restore(Optional.empty(), plane, Progress.NONE);
    copy.serve(1);
    copy.markDirty(1);
  }

  private Copies copies(String bootId) throws IOException {
    ObjectStoreClient store = new ObjectStoreClient(Duration.ofSeconds(10), Duration.ofSeconds(60));
    boolean root = ProcessHandle.current().info().user().orElse("").equals("root");
    return Copies.open(
        temp.resolve("copies"),
        new CopyServices(root ? Owner.SANDBOX : Owner.SELF, Clock.systemUTC(), ids, bootId, store),
        root);
  }

  @AfterEach
  void stop() throws Exception {
    for (CopyState state : copies.list()) {
      copies.remove(state.session());
    }
    copies.close();
    s3.close();
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

  @Test
  void everythingButSocketsAndDevices_comesBackByteForByte() throws Exception {
    writeOdd();
    sync(false);
    assertRestoresEqual();
  }

  @Test
  void specialFilesAreLeftOut_andSetUidIsDropped() throws Exception {
    Files.writeString(ws().resolve("kept"), "x");
    try (Directory directory = Directory.open(ws())) {
      directory.makeFifo(FileName.of("fifo"), 0666);
      try (OpenFile file =
          directory.createFile(FileName.of("suid"), 0755, Directory.Access.READ_WRITE)) {
        file.chmod(06755);
      }
    }
    sync(true);
    Map<String, String> back = Trees.describe(restored().workspace());
    assertThat(back).containsKeys("kept", "suid").doesNotContainKey("fifo");
    assertThat(back.get("suid")).startsWith("REGULAR 755 ");
  }

  @Test
  void agentData_isSavedAndRestoredToo() throws Exception {
    Path data = copy.agentData("claude-code");
    Files.writeString(data.resolve("state"), "remembered");
    sync(true);
    Copy other = restored();
    assertThat(other.agentData("claude-code").resolve("state")).hasContent("remembered");
  }

  @Test
  void secondSync_uploadsOnlyWhatChanged() throws Exception {
    Random random = new Random(5);
    for (int i = 0; i < 300; i++) {
      byte[] content = new byte[20_000];
      random.nextBytes(content);
      Files.write(ws().resolve("f" + i), content);
    }
    sync(true);
    long first = plane.uploadedBytes();
    assertThat(first).isGreaterThan(300 * 20_000L);
    byte[] changed = new byte[20_000];
    random.nextBytes(changed);
    Files.write(ws().resolve("f7"), changed);
    Files.move(ws().resolve("f8"), ws().resolve("moved"));
    Files.delete(ws().resolve("f9"));
    SyncResult second = sync(true);
    assertThat(plane.uploadedBytes() - first).isBetween(20_000L, 60_000L);
    assertThat(second.storedBytes()).isEqualTo(plane.uploadedBytes() - first);
    assertRestoresEqual();
  }

  @Test
  void largeFile_isStoredAgainOnlyWhereItChanged() throws Exception {
    byte[] large = new byte[20 << 20];
    new Random(7).nextBytes(large);
    Files.write(ws().resolve("db"), large);
    sync(true);
    long first = plane.uploadedBytes();
    large[9 << 20]++;
    Files.write(ws().resolve("db"), large);
    sync(true);
    assertThat(plane.uploadedBytes() - first).isBetween(4L << 20, (4L << 20) + 10_000);
    assertRestoresEqual();
  }

  @Test
  void unchangedCopy_recordsItsBaseAgain_andBecomesClean() throws Exception {
    Files.writeString(ws().resolve("f"), "x");
    SyncResult live = sync(false);
    assertThat(copy.state().dirty()).isTrue();
    long uploaded = plane.uploadedBytes();
    SyncResult last = sync(true);
    assertThat(last.snapshot()).isEqualTo(live.snapshot());
    assertThat(last.clean()).isTrue();
    assertThat(plane.uploadedBytes()).isEqualTo(uploaded);
    assertThat(copy.state().dirty()).isFalse();
  }

  @Test
  void sameSizeAndTime_butOtherContent_isSeenByCtime() throws Exception {
    Path file = Files.writeString(ws().resolve("f"), "before");
    sync(true);
    var time = Files.getLastModifiedTime(file);
    Files.writeString(file, "after!");
    Files.setLastModifiedTime(file, time);
    sync(true);
    assertThat(restored().workspace().resolve("f")).hasContent("after!");
  }

  @Test
  void afterAnotherBoot_everythingIsHashed_andNothingUploaded() throws Exception {
    Files.writeString(ws().resolve("f"), "x".repeat(10_000));
    sync(true);
    copy.markDirty(2);
    SessionId session = copy.session();
    copies.close();
    copies = copies("boot-2");
    copy = copies.find(session).orElseThrow();
    Files.writeString(ws().resolve("g"), "new");
    long before = plane.uploadedBytes();
    copy.sync(new SyncRequest(1, "STOP", 2, true, false), plane, Progress.NONE);
    assertThat(plane.uploadedBytes() - before).isLessThan(1000);
    assertRestoresEqual();
  }

  @Test
  void restoredCopy_isTakenAsItIs_andItsNextSyncReadsNothing() throws Exception {
    writeOdd();
    sync(true);
    Copy other = restored();
    assertThat(other.state().fit(plane.head)).isEqualTo(CopyState.Fit.AS_IS);
    long uploads = plane.uploads.size();
    SyncResult again = other.sync(new SyncRequest(1, "STOP", 1, true, false), plane, Progress.NONE);
    assertThat(again.snapshot()).isEqualTo(plane.head.orElseThrow());
    assertThat(plane.uploads).hasSize((int) uploads);
  }

  @Test
  void lostAnswer_isMadeUpByTheNextSync() throws Exception {
    Files.writeString(ws().resolve("f"), "x");
    sync(true);
    copy.markDirty(2);
    Files.writeString(ws().resolve("g"), "y");
    plane.loseNextAnswer = true;
    WorkspaceException lost = catchThrowableOfType(WorkspaceException.class, () -> sync(true));
    assertThat(lost.reason()).isEqualTo(Reason.UNAVAILABLE);
    assertThat(copy.state().dirty()).isTrue();
    Files.writeString(ws().resolve("h"), "z");
    assertThat(sync(true).clean()).isTrue();
    assertThat(plane.snapshots).hasSize(3);
    assertRestoresEqual();
  }

  @Test
  void doomedPacks_areUploadedAgain() throws Exception {
    writeOdd();
    sync(true);
    Files.writeString(ws().resolve("g"), "y");
    plane.doomed.addAll(plane.snapshots.values().iterator().next().packs());
    sync(true);
    CommitRequest head = plane.committed(plane.head.orElseThrow());
    assertThat(head.packs()).doesNotContainAnyElementsOf(plane.doomed);
    assertRestoresEqual();
  }

  @Test
  void staleGeneration_andForeignHead_areRefused() throws Exception {
    Files.writeString(ws().resolve("f"), "x");
    plane.generation = 2;
    assertThat(catchThrowableOfType(WorkspaceException.class, () -> sync(true)).reason())
        .isEqualTo(Reason.STALE);
    plane.generation = 1;
    sync(true);
    copy.markDirty(2);
    plane.head =
        Optional.of(
            new SnapshotRef(
                new dev.berth.common.Id.SnapshotId(ids.next()),
                plane.head.orElseThrow().manifest(),
                plane.head.orElseThrow().manifestSha256(),
                1));
    Files.writeString(ws().resolve("g"), "y");
    assertThat(catchThrowableOfType(WorkspaceException.class, () -> sync(true)).reason())
        .isEqualTo(Reason.HEAD_MOVED);
    assertThat(copy.state().fit(plane.head)).isEqualTo(CopyState.Fit.SALVAGE_FIRST);
    SyncResult rescued =
        copy.sync(new SyncRequest(1, "RESCUE", 1, true, true), plane, Progress.NONE);
    assertThat(plane.committed(rescued.snapshot()).rescued()).isTrue();
    assertThat(copy.state().fit(plane.head)).isEqualTo(CopyState.Fit.RESTORE);
  }

  @Test
  void damagedPack_isFound_andTheCopyStaysIncomplete() throws Exception {
    writeOdd();
    sync(true);
    SnapshotRef head = plane.head.orElseThrow();
    Path pack = s3.object(plane.committed(head).packs().iterator().next().toString());
    byte[] bytes = Files.readAllBytes(pack);
    bytes[bytes.length / 2] ^= 1;
    Files.write(pack, bytes);
    WorkspaceException damaged = catchThrowableOfType(WorkspaceException.class, this::restored);
    assertThat(damaged.reason()).isEqualTo(Reason.OBJECT_CORRUPT);
    Files.write(pack, java.util.Arrays.copyOf(bytes, bytes.length / 3));
    damaged = catchThrowableOfType(WorkspaceException.class, this::restored);
    assertThat(damaged.reason()).isIn(Reason.OBJECT_CORRUPT, Reason.UNAVAILABLE);
    assertThat(copies.list().stream().filter(s -> !s.complete())).hasSize(2);
  }

  @Test
  void restoreCutShort_isRedone() throws Exception {
    writeOdd();
    sync(true);
    SessionId session = new SessionId(ids.next());
    AtomicLong steps = new AtomicLong();
    Progress killer =
        (files, total, bytes, all) -> {
          if (steps.incrementAndGet() == 3) {
            throw new IllegalStateException("killed");
          }
        };
    Copy other = copies.open(session, LIMITS);
    assertThat(
            catchThrowableOfType(
                IllegalStateException.class, () -> other.restore(plane.head, plane, killer)))
        .isNotNull();
    copies.close();
    copies = copies("boot-1");
    Copy again = copies.find(session).orElseThrow();
    assertThat(again.state().complete()).isFalse();
    assertThat(again.state().fit(plane.head)).isEqualTo(CopyState.Fit.RESTORE);
    again.restore(plane.head, plane, Progress.NONE);
    assertThat(Trees.describe(again.workspace())).isEqualTo(Trees.describe(ws()));
    copy = copies.find(copy.session()).orElseThrow();
  }

  @Test
  void linkSwappedInDuringTheScan_isNeverFollowed() throws Exception {
    Path outside = Files.createDirectory(temp.resolve("outside"));
    Files.writeString(outside.resolve("secret"), "secret");
    for (int i = 0; i < 50; i++) {
      Files.createDirectories(ws().resolve("d" + i));
      Files.writeString(ws().resolve("d" + i + "/secret"), "public");
      Files.writeString(ws().resolve("f" + i), "public");
    }
    AtomicBoolean stop = new AtomicBoolean();
    Thread swapper =
        Thread.ofPlatform()
            .start(() -> {
              Random random = new Random(1);
              while (!stop.get()) {
                swap(random.nextInt(50), outside);
              }
            });
    for (int i = 0; i < 20; i++) {
      sync(false);
      Path back = restored().workspace();
      try (var walk = Files.walk(back)) {
        assertThat(walk.filter(Files::isRegularFile).filter(f -> !Files.isSymbolicLink(f)))
            .allSatisfy(file -> assertThat(file).hasContent("public"));
      }
      for (CopyState state : copies.list()) {
        if (!state.session().equals(copy.session())) {
          copies.remove(state.session());
        }
      }
    }
    stop.set(true);
    swapper.join();
  }

  private void swap(int i, Path outside) {
    try {
      for (String name : new String[] {"d" + i, "f" + i}) {
        Path real = ws().resolve(name);
        Path aside = ws().resolve(name + ".real");
        Files.move(real, aside);
        Files.createSymbolicLink(real, name.startsWith("d") ? outside : outside.resolve("secret"));
        Files.delete(real);
        Files.move(aside, real);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void tooDeep_isRefusedClearly_andStillRemovable() throws Exception {
    Directory at = Directory.open(ws());
    for (int i = 0; i < 10_000; i++) {
      at.makeDirectory(FileName.of("d"), 0755);
      Directory next = at.openDirectory(FileName.of("d"));
      at.close();
      at = next;
    }
    at.close();
    WorkspaceException refused = catchThrowableOfType(WorkspaceException.class, () -> sync(true));
    assertThat(refused.reason()).isEqualTo(Reason.LIMIT);
    assertThat(refused).hasMessageContaining("nested deeper than 256").hasMessageContaining("d/d");
    copy.files().delete(dev.berth.executor.linux.RelativePath.of("d"), true);
    assertThat(Trees.describe(ws())).hasSize(1);
  }

  @Test
  void diskLimit_isTheKernels() throws Exception {
    org.junit.jupiter.api.Assumptions.assumeTrue(copies.disksLimited());
    Copy small = copies.open(new SessionId(ids.next()), CopyLimits.ofDisk(16 << 20));
    small.restore(Optional.empty(), plane, Progress.NONE);
    WorkspaceException full =
        catchThrowableOfType(
            WorkspaceException.class,
            () ->
                small
                    .files()
                    .write(
                        dev.berth.executor.linux.RelativePath.of("big"),
                        0644,
                        false,
                        new java.io.ByteArrayInputStream(new byte[32 << 20])));
    assertThat(full.reason()).isEqualTo(Reason.WORKSPACE_FULL);
    assertThat(small.state().limited()).isTrue();
    Files.write(ws().resolve("big"), new byte[0]);
    byte[] noise = new byte[30 << 20];
    new Random(1).nextBytes(noise);
    Files.write(ws().resolve("big"), noise);
    sync(true);
    WorkspaceException tooSmall =
        catchThrowableOfType(
            WorkspaceException.class, () -> small.restore(plane.head, plane, Progress.NONE));
    assertThat(tooSmall.reason()).isEqualTo(Reason.WORKSPACE_FULL);
    assertThat(small.state().complete()).isFalse();
  }

  @Test
  void fileThatNeverRests_isSavedAndNamed() throws Exception {
    Path busy = ws().resolve("busy");
    Files.write(busy, new byte[3 << 20]);
    AtomicBoolean stop = new AtomicBoolean();
    Thread writer =
        Thread.ofPlatform()
            .start(() -> {
              byte[] block = "line\n".repeat(1000).getBytes(UTF_8);
              try (var out = Files.newOutputStream(busy, java.nio.file.StandardOpenOption.WRITE)) {
                for (int i = 0; !stop.get(); i++) {
                  out.write(block);
                }
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    SyncResult result = sync(false);
    stop.set(true);
    writer.join();
    assertThat(result.changedDuringSync()).containsExactly("busy");
    sync(true);
    assertRestoresEqual();
  }
}
