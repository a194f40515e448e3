package dev.berth.executor.workspace;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.executor.linux.Directory;
import dev.berth.executor.workspace.WorkspaceException.Reason;
import dev.berth.format.FileName;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Lost answers, damage, kills and hostile sandboxes. */
@Timeout(120)
class CopyFaultsTest extends CopyHarness {
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
    assertThat(copy.state().doubtful()).isFalse();
    copy.sync(new SyncRequest(1, "STOP", 2, true, false), plane, Progress.NONE);
    assertThat(plane.uploadedBytes() - before).isLessThan(1000);
    assertRestoresEqual();
  }

  /** What a power cut may leave of a file that was not on the disk yet. */
  enum Cut {
    EMPTY,
    HALF,
    ZEROS,
    ONE_BIT,
    GONE;

    void damage(Path index) throws IOException {
      byte[] bytes = Files.readAllBytes(index);
      switch (this) {
        case EMPTY -> bytes = new byte[0];
        case HALF -> bytes = Arrays.copyOf(bytes, bytes.length / 2);
        case ZEROS -> bytes = new byte[bytes.length];
        case ONE_BIT -> bytes[bytes.length / 2] ^= 4;
        case GONE -> Files.delete(index);
      }
      if (this != GONE) {
        Files.write(index, bytes);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void anIndexThatAPowerCutLeftUnreadable_costsAnUpload_neverTheSave(Cut cut) throws Exception {
    writeOdd();
    sync(true);
    SnapshotRef base = plane.head.orElseThrow();
    copy.markDirty(2);
    SessionId session = copy.session();
    copies.close();
    cut.damage(temp.resolve("copies").resolve(session.toString()).resolve("index-" + base.id()));
    copies = copies("boot-2");
    copy = copies.find(session).orElseThrow();
    Files.writeString(ws().resolve("new"), "unsaved");

    SyncResult saved = copy.sync(new SyncRequest(1, "STOP", 2, true, false), plane, Progress.NONE);
    assertThat(saved.clean()).isTrue();
    assertThat(plane.committed(saved.snapshot()).base()).contains(base.id());
    assertThat(plane.committed(saved.snapshot()).packs())
        .doesNotContainAnyElementsOf(plane.committed(base).packs());
    assertRestoresEqual();

    copy.markDirty(3);
    long before = plane.uploadedBytes();
    Files.writeString(ws().resolve("newer"), "more");
    copy.sync(new SyncRequest(1, "STOP", 3, true, false), plane, Progress.NONE);
    assertThat(plane.uploadedBytes() - before).as("its new index serves").isLessThan(5000);
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
  void killedBeforeTheAnswer_itsFilesAreStillKnownAsTheHead() throws Exception {
    Files.writeString(ws().resolve("f"), "x");
    plane.loseNextAnswer = true;
    assertThat(catchThrowableOfType(WorkspaceException.class, () -> sync(true))).isNotNull();
    copies.close();
    copies = copies("boot-1");
    copy = copies.find(copy.session()).orElseThrow();
    assertThat(copy.recall(Optional.of(new SnapshotId(ids.next())))).isFalse();
    assertThat(copy.state().fit(plane.head)).isEqualTo(CopyState.Fit.SALVAGE_FIRST);
    plane.unreachable = true;
    Files.writeString(ws().resolve("g"), "y");
    assertThat(catchThrowableOfType(WorkspaceException.class, () -> sync(true))).isNotNull();
    plane.unreachable = false;
    assertThat(copy.recall(plane.head.map(SnapshotRef::id))).isTrue();
    assertThat(copy.state().fit(plane.head)).isEqualTo(CopyState.Fit.AS_IS);
    assertThat(copy.state().dirty()).isTrue();
    sync(true);
    assertThat(plane.snapshots).hasSize(2);
    assertThat(copy.state().dirty()).isFalse();
    assertRestoresEqual();
  }

  @Test
  void killedWhileItIsRemoved_aCopyIsGoneAfterTheNextStart() throws Exception {
    Copy other = restored();
    Path directory = temp.resolve("copies").resolve(other.session().toString());
    other.awaitFlush();
    Files.delete(directory.resolve("marker.json"));
    copies.close();
    copies = copies("boot-1");
    assertThat(directory).doesNotExist();
    assertThat(copies.list()).extracting(CopyState::session).containsExactly(copy.session());
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
                new SnapshotId(ids.next()),
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
    Files.write(pack, Arrays.copyOf(bytes, bytes.length / 3));
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
  void fileThatNeverRests_isSavedAndNamed() throws Exception {
    // so large that a read takes longer than a busy machine keeps the writer waiting
    Path busy = ws().resolve("busy");
    Files.write(busy, new byte[48 << 20]);
    AtomicBoolean stop = new AtomicBoolean();
    CountDownLatch writing = new CountDownLatch(1);
    Thread writer =
        Thread.ofPlatform()
            .start(() -> {
              byte[] block = "line\n".repeat(100).getBytes(UTF_8);
              try (var out = FileChannel.open(busy, StandardOpenOption.WRITE)) {
                for (long i = 0; !stop.get(); i++) {
                  out.write(ByteBuffer.wrap(block), i * block.length % (2 << 20));
                  writing.countDown();
                }
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    writing.await();
    SyncResult result = sync(false);
    stop.set(true);
    writer.join();
    assertThat(result.changedDuringSync()).containsExactly("busy");
    sync(true);
    assertRestoresEqual();
  }

  @Test
  void diskTakenAwayBehindOurBack_isSeen_andRestoredAgain() throws Exception {
    Files.writeString(ws().resolve("f"), "kept");
    sync(true);
    Path directory = temp.resolve("copies").resolve(copy.session().toString());
    if (copies.disksLimited()) {
      assertThat(
              new ProcessBuilder("umount", "-l", directory.resolve("fs").toString())
                  .start()
                  .waitFor())
          .isZero();
      Files.delete(directory.resolve("volume.img"));
    } else {
      Files.delete(ws().resolve("f"));
      Files.delete(ws());
    }
    copy = copies.find(copy.session()).orElseThrow();
    assertThat(copy.state().fit(plane.head)).isEqualTo(CopyState.Fit.RESTORE);
    copy.restore(plane.head, plane, Progress.NONE);
    assertThat(ws().resolve("f")).hasContent("kept");
    assertThat(copy.state().limited()).isEqualTo(copies.disksLimited());
  }
}
