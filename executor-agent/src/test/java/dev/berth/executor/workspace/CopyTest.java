package dev.berth.executor.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.berth.common.Id.SessionId;
import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.OpenFile;
import dev.berth.executor.linux.RelativePath;
import dev.berth.executor.workspace.WorkspaceException.Reason;
import dev.berth.format.FileName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is saved comes back, and only what is new is stored. */
@Timeout(120)
class CopyTest extends CopyHarness {
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
    var directory = RelativePath.of(".claude");
    Path data = copy.layers().agentDirectory("claude-code", directory);
    Files.writeString(data.resolve("state"), "remembered");
    sync(true);
    Copy other = restored();
    assertThat(other.layers().agentDirectory("claude-code", directory).resolve("state"))
        .hasContent("remembered");
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
                        RelativePath.of("big"),
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
}
