package dev.berth.executor.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.berth.common.Id.SessionId;
import dev.berth.executor.workspace.FaultyBlobs.Fault;
import dev.berth.executor.workspace.WorkspaceException.Reason;
import java.nio.file.Files;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A worker that was given up syncs while the one after it does. */
@Timeout(120)
class TwoGenerationsTest extends CopyHarness {
  @AutoClose
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory());

  @AfterEach
  void pass() {
    s3.blobs().each(() -> Fault.NONE);
  }

  private void write(Copy to, String name, int bytes) throws Exception {
    byte[] noise = new byte[bytes];
    new Random(name.hashCode()).nextBytes(noise);
    Files.write(to.workspace().resolve(name), noise);
  }

  private Throwable sync(Copy of, long generation) {
    return catchThrowable(() ->
        of.sync(new SyncRequest(generation, "REQUESTED", 1, true, false), plane, Progress.NONE));
  }

  @Test
  void onTwoHosts_onlyTheNewerMovesTheHead_andTheOlderIsRescuedBesideIt() throws Exception {
    write(copy, "shared", 2_000_000);
    sync(true);
    copy.markDirty(2);
    Copy newer = restored();
    newer.serve(2);
    newer.markDirty(1);
    for (int round = 0; round < 3; round++) {
      write(copy, "older" + round, 3_000_000);
      write(newer, "newer" + round, 3_000_000);
      plane.generation = 2;
      CompletableFuture<Throwable> stale =
          CompletableFuture.supplyAsync(() -> sync(copy, 1), threads);
      assertThat(sync(newer, 2)).isNull();
      assertThat(stale.join())
          .isInstanceOfSatisfying(
              WorkspaceException.class, e -> assertThat(e.reason()).isEqualTo(Reason.STALE));
      Map<String, String> head = Trees.describe(restored().workspace());
      assertThat(head).isEqualTo(Trees.describe(newer.workspace()));
    }
    assertThat(copy.state().dirty()).isTrue();
    Map<String, String> older = Trees.describe(ws());
    SnapshotRef head = plane.head.orElseThrow();
    SyncResult rescue =
        copy.sync(new SyncRequest(1, "RESCUE", 1, true, true), plane, Progress.NONE);
    assertThat(plane.head).contains(head);
    Copy rescued = copies.open(new SessionId(ids.next()), LIMITS);
    rescued.restore(Optional.of(rescue.snapshot()), plane, Progress.NONE);
    assertThat(Trees.describe(rescued.workspace())).isEqualTo(older);
  }

  @Test
  void onOneDisk_theOlderWaitsInItsUploads_theNewerForTheOlder_andOnlyTheNewerCounts()
      throws Exception {
    var uploading = new CountDownLatch(1);
    s3.blobs()
        .each(() -> {
          if (plane.generation == 2) {
            return Fault.NONE;
          }
          uploading.countDown();
          return Fault.SLOW;
        });
    write(copy, "shared", 3_000_000);
    CompletableFuture<Throwable> stale =
        CompletableFuture.supplyAsync(() -> sync(copy, 1), threads);
    uploading.await();
    copy.serve(2);
    CompletableFuture<Throwable> newer =
        CompletableFuture.supplyAsync(() -> sync(copy, 2), threads);
    plane.generation = 2;
    assertThat(stale.join())
        .isInstanceOfSatisfying(
            WorkspaceException.class, e -> assertThat(e.reason()).isEqualTo(Reason.STALE));
    assertThat(newer.join()).isNull();
    assertThat(plane.snapshots).hasSize(1);
    assertThat(copy.state().dirty()).isFalse();
    assertRestoresEqual();
  }
}
