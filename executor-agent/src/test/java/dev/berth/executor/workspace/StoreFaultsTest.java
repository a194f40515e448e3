package dev.berth.executor.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.berth.common.Id.SessionId;
import dev.berth.executor.workspace.FaultyBlobs.Fault;
import dev.berth.executor.workspace.WorkspaceException.Reason;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An object store that is slow, stands still, refuses, answers errors, cuts bodies short, or does
 * not say that it wrote.
 */
@Timeout(120)
class StoreFaultsTest extends CopyHarness {
  private static final Duration IMPATIENT = Duration.ofMillis(700);

  @AfterEach
  void mend() {
    s3.blobs().each(() -> Fault.NONE);
  }

  /** Does it with a store that has this fault, and with little patience. */
  private void failing(Fault fault, ThrowingCallable call) throws Exception {
    s3.blobs().each(() -> fault);
    reopen(copies("boot-1", new ObjectStoreClient(IMPATIENT, IMPATIENT)));
    WorkspaceException failed = catchThrowableOfType(WorkspaceException.class, call);
    s3.blobs().each(() -> Fault.NONE);
    reopen(copies("boot-1"));
    assertThat(failed.reason()).isEqualTo(Reason.UNAVAILABLE);
    assertThat(failed).hasMessageStartingWith("the object store: ");
  }

  private void reopen(Copies other) throws Exception {
    copies.close();
    copies = other;
    copy = copies.find(copy.session()).orElseThrow();
  }

  private void write(String name, int bytes, long seed) throws Exception {
    byte[] noise = new byte[bytes];
    new Random(seed).nextBytes(noise);
    Files.write(ws().resolve(name), noise);
  }

  @ParameterizedTest
  @EnumSource(names = {"REFUSED", "ERROR", "CUT", "STALLED"})
  void aSyncThatTheStoreFails_changesNothing_andTheNextGoesOn(Fault fault) throws Exception {
    writeOdd();
    sync(true);
    Map<String, String> saved = Trees.describe(ws());
    Optional<SnapshotRef> head = plane.head;
    copy.markDirty(2);
    write("new", 3_000_000, 1);
    Files.delete(ws().resolve("a/file"));

    failing(fault, () -> sync(true));
    assertThat(copy.state().dirty()).isTrue();
    assertThat(copy.state().base()).isEqualTo(head);
    assertThat(plane.head).isEqualTo(head);
    assertThat(Trees.describe(restored().workspace())).isEqualTo(saved);

    copy.sync(new SyncRequest(1, "STOP", 2, true, false), plane, Progress.NONE);
    assertThat(copy.state().dirty()).isFalse();
    assertRestoresEqual();
  }

  @ParameterizedTest
  @EnumSource(names = {"REFUSED", "ERROR", "CUT", "STALLED"})
  void aRestoreThatTheStoreFails_leavesACopyThatIsKnownToBeIncomplete(Fault fault)
      throws Exception {
    writeOdd();
    sync(true);
    SessionId session = new SessionId(ids.next());
    failing(fault, () -> copies.open(session, LIMITS).restore(plane.head, plane, Progress.NONE));
    Copy other = copies.find(session).orElseThrow();
    assertThat(other.state().complete()).isFalse();
    assertThat(other.state().fit(plane.head)).isEqualTo(CopyState.Fit.RESTORE);

    other.restore(plane.head, plane, Progress.NONE);
    assertThat(Trees.describe(other.workspace())).isEqualTo(Trees.describe(ws()));
  }

  @Test
  void aStoreThatIsSlowButMoves_isNeverGivenUp_howeverLongAnObjectTakes() throws Exception {
    Duration stalled = Duration.ofSeconds(3);
    write("noise", 16 << 20, 5);
    s3.blobs().each(() -> Fault.SLOW);
    reopen(copies("boot-1", new ObjectStoreClient(Duration.ZERO, stalled)));
    long begun = System.nanoTime();
    sync(true);
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(stalled);
    assertRestoresEqual();
  }

  @Test
  void aWriteThatIsAppliedAndAnsweredWithAnError_isNeitherLostNorDoubled() throws Exception {
    for (int i = 0; i < 3; i++) {
      write("noise" + i, 9_000_000, i);
    }
    s3.blobs().each(() -> Fault.APPLIED);
    sync(true);
    CommitRequest head = plane.committed(plane.head.orElseThrow());
    Set<String> named = new HashSet<>(Set.of(head.snapshot().manifest().toString()));
    head.packs().forEach(pack -> named.add(pack.toString()));
    assertThat(head.packs()).hasSizeGreaterThan(1);
    assertThat(s3.objects()).containsAll(named);
    assertThat(plane.uploads).hasSize(named.size());
    assertRestoresEqual();
  }

  @Test
  void aStoreThatFailsEveryOtherRequestInAnyWay_isOutlasted() throws Exception {
    Random random = new Random(11);
    Fault[] faults = {Fault.REFUSED, Fault.ERROR, Fault.CUT, Fault.APPLIED};
    s3.blobs()
        .each(() -> {
          synchronized (random) {
            return random.nextBoolean() ? Fault.NONE : faults[random.nextInt(faults.length)];
          }
        });
    writeOdd();
    for (int round = 0; round < 2; round++) {
      copy.markDirty(2 + round);
      write("f" + round, 5_000_000, round);
      sync(true);
      assertRestoresEqual();
    }
  }
}
