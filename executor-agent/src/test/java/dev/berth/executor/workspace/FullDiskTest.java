package dev.berth.executor.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.berth.common.Id.SessionId;
import dev.berth.common.IdSource;
import dev.berth.executor.workspace.WorkspaceException.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The executor's own disk is full, or the object store's: what was saved stays, and what was not is
 * told.
 */
@Timeout(120)
class FullDiskTest {
  private static final CopyLimits LIMITS = CopyLimits.ofDisk(64 << 20);

  @TempDir Path temp;
  private final IdSource ids = new IdSource(Clock.systemUTC());
  private SmallDisk host;
  private SmallDisk bucket;
  private S3 s3;
  private Plane plane;
  private Copies copies;
  private Copy copy;

  @BeforeEach
  void start() throws Exception {
    assumeTrue(CopyHarness.root(), "only root can mount small disks");
    host = new SmallDisk(temp.resolve("host"), 64);
    bucket = new SmallDisk(temp.resolve("bucket"), 24);
    s3 = new S3(bucket.path());
    plane = new Plane(s3);
    copies = copies(true);
    copy = begin();
  }

  private Copies copies(boolean volumes) throws IOException {
    return Copies.open(
        host.path().resolve("copies"),
        new CopyServices(
            Owner.SANDBOX,
            Clock.systemUTC(),
            ids,
            "boot",
            new ObjectStoreClient(Duration.ofSeconds(1), Duration.ofSeconds(60))),
        volumes);
  }

  private Copy begin() throws IOException {
    copy = copies.open(new SessionId(ids.next()), LIMITS);
    copy.restore(Optional.empty(), plane, Progress.NONE);
    copy.serve(1);
    copy.markDirty(1);
    for (int i = 0; i < 40; i++) {
      write("f" + i, 20_000);
    }
    sync(1, true);
    copy.awaitFlush();
    return copy;
  }

  @AfterEach
  void stop() throws Exception {
    if (host != null) {
      for (CopyState state : copies.list()) {
        copies.remove(state.session());
      }
      copies.close();
      s3.close();
      bucket.close();
      host.close();
    }
  }

  private void write(String name, int bytes) throws IOException {
    byte[] noise = new byte[bytes];
    new Random(name.hashCode()).nextBytes(noise);
    Files.write(copy.workspace().resolve(name), noise);
  }

  private void sync(long dirtyVersion, boolean quiescent) throws IOException {
    copy.sync(
        new SyncRequest(1, "REQUESTED", dirtyVersion, quiescent, false), plane, Progress.NONE);
  }

  private void assertHeadIs(Map<String, String> tree) throws IOException {
    Copy other = copies.open(new SessionId(ids.next()), LIMITS);
    other.restore(plane.head, plane, Progress.NONE);
    assertThat(Trees.describe(other.workspace())).isEqualTo(tree);
    copies.remove(other.session());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void fullHost_refusesWorkAndSaves_andKeepsAllThatIsThere(boolean volumes) throws Exception {
    if (!volumes) {
      copies.remove(copy.session());
      copies = copies(false);
      plane = new Plane(s3);
      copy = begin();
    }
    Map<String, String> saved = Trees.describe(copy.workspace());
    CopyState before = copy.state();
    copy.markDirty(2);
    Files.delete(copy.workspace().resolve("f1"));
    Files.move(copy.workspace().resolve("f2"), copy.workspace().resolve("moved"));
    Map<String, String> unsaved = Trees.describe(copy.workspace());
    host.fill();

    assertThatThrownBy(() -> copy.markDirty(3)).isInstanceOf(UncheckedIOException.class);
    assertThatThrownBy(() -> sync(2, true)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> copies.open(new SessionId(ids.next()), LIMITS))
        .isInstanceOfAny(IOException.class, UncheckedIOException.class);
    assertThat(copy.state().dirty()).isTrue();
    assertThat(copy.state().base()).isEqualTo(before.base());
    assertThat(plane.head).isEqualTo(before.base());
    assertThat(Trees.describe(copy.workspace())).isEqualTo(unsaved);
    Path directory = host.path().resolve("copies/" + copy.session());
    assertThat(directory).isDirectoryNotContaining("glob:**manifest-*");
    assertThat(directory.toFile().list((_, name) -> name.startsWith("index-"))).hasSize(1);

    host.free();
    assertHeadIs(saved);
    sync(2, true);
    assertThat(copy.state().dirty()).isFalse();
    assertHeadIs(unsaved);
  }

  @Test
  void fullHost_thatLosesWhatProgramsWrote_isTold_andTheCopyIsNotTrustedAgain() throws Exception {
    copy.markDirty(2);
    host.fill();
    write("big", 8_000_000);
    WorkspaceException failed =
        catchThrowableOfType(WorkspaceException.class, () -> sync(2, false));
    assertThat(failed.reason()).isEqualTo(Reason.HOST);
    assertThat(failed).hasMessageStartingWith("the executor's disk is full or fails");
    assertThat(copy.state().fit(plane.head)).isEqualTo(CopyState.Fit.SALVAGE_FIRST);

    host.free();
    Map<String, String> seen = Trees.describe(copy.workspace());
    sync(2, true);
    assertHeadIs(seen);
    assertThat(copy.state().dirty()).isFalse();
    assertThat(copy.state().fit(plane.head)).isEqualTo(CopyState.Fit.RESTORE);
    copy.restore(plane.head, plane, Progress.NONE);
    assertThat(copy.state().fit(plane.head)).isEqualTo(CopyState.Fit.AS_IS);
    assertThat(Trees.describe(copy.workspace())).isEqualTo(seen);
  }

  @Test
  void fullBucket_failsTheSave_andTheHeadStays() throws Exception {
    Map<String, String> saved = Trees.describe(copy.workspace());
    copy.markDirty(2);
    write("new", 10_000_000);
    bucket.fill();
    WorkspaceException failed = catchThrowableOfType(WorkspaceException.class, () -> sync(2, true));
    assertThat(failed.reason()).isEqualTo(Reason.UNAVAILABLE);
    assertThat(copy.state().dirty()).isTrue();
    assertHeadIs(saved);

    bucket.free();
    sync(2, true);
    assertThat(copy.state().dirty()).isFalse();
    assertHeadIs(Trees.describe(copy.workspace()));
  }
}
