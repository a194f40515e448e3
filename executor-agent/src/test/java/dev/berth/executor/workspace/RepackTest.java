package dev.berth.executor.workspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.IdSource;
import dev.berth.format.Pack;
import dev.berth.format.Piece;
import dev.berth.format.Sha256;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What is left of packs that are mostly dead is stored anew by the next sync, so that they can go.
 */
@Timeout(120)
class RepackTest extends CopyHarness {
  private static final int FILES = 60;
  private static final int SIZE = 500_000;
  private final Random random = new Random(7);

  private void write(int file) throws Exception {
    byte[] noise = new byte[SIZE];
    random.nextBytes(noise);
    Files.write(ws().resolve("f" + file), noise);
  }

  private long syncedBytes() throws Exception {
    long before = plane.uploadedBytes();
    sync(true);
    return plane.uploadedBytes() - before;
  }

  /** What the collector leaves when of all snapshots the head alone is kept. */
  private long bytesOfTheHeadAlone() throws Exception {
    CommitRequest head = plane.committed(plane.head.orElseThrow());
    Set<String> named = new HashSet<>(Set.of(head.snapshot().manifest().toString()));
    head.packs().forEach(pack -> named.add(pack.toString()));
    long bytes = 0;
    for (String object : s3.objects()) {
      if (named.contains(object)) {
        bytes += Files.size(s3.object(object));
      } else {
        Files.delete(s3.object(object));
      }
    }
    return bytes;
  }

  @Test
  void whatIsLeftOfMostlyDeadPacks_movesOn_theBucketShrinks_andRestoresStayByteForByte()
      throws Exception {
    for (int i = 0; i < FILES; i++) {
      write(i);
    }
    assertThat(syncedBytes()).isGreaterThan(FILES * SIZE);
    for (int i = 0; i < FILES; i++) {
      if (i % 5 != 0) {
        Files.delete(ws().resolve("f" + i));
      }
    }
    long live = FILES / 5 * SIZE;
    assertThat(syncedBytes()).as("as quick as ever").isLessThan(10_000);
    assertThat(syncedBytes()).as("and then once what is live").isBetween(live, live + 100_000);
    SnapshotRef head = plane.head.orElseThrow();
    assertThat(syncedBytes()).isZero();
    assertThat(plane.head).contains(head);

    assertThat(bytesOfTheHeadAlone()).isBetween(live, live + 100_000);
    assertRestoresEqual();
    assertThat(sync(true).snapshot()).isEqualTo(head);
  }

  @Test
  void ofALargeFile_onlyTheChunksInMostlyDeadPacksAreReadAndStoredAnew() throws Exception {
    byte[] large = new byte[24 << 20];
    random.nextBytes(large);
    Path file = Files.write(ws().resolve("large"), large);
    sync(true);
    byte[] chunk = new byte[4 << 20];
    try (var open = new RandomAccessFile(file.toFile(), "rw")) {
      for (int number : new int[] {0, 1, 3}) {
        random.nextBytes(chunk);
        open.seek((long) number * chunk.length);
        open.write(chunk);
      }
    }
    assertThat(syncedBytes()).isBetween(12L << 20, 13L << 20);
    assertThat(syncedBytes()).as("chunk 2 of the first pack").isBetween(4L << 20, 5L << 20);
    assertThat(syncedBytes()).isZero();
    bytesOfTheHeadAlone();
    assertRestoresEqual();
  }

  @Test
  void fewChanges_makeNoPackMostlyDead_andCostWhatTheyDid() throws Exception {
    for (int i = 0; i < FILES; i++) {
      write(i);
    }
    sync(true);
    for (int i = 0; i < 10; i++) {
      write(i * 6);
    }
    assertThat(syncedBytes()).isLessThan(11 * SIZE);
    assertThat(syncedBytes()).isZero();
  }

  @Test
  void afterARestartOfTheAgent_oneSyncLooks_andTheNextStoresAnew() throws Exception {
    for (int i = 0; i < 10; i++) {
      write(i);
    }
    sync(true);
    for (int i = 1; i < 10; i++) {
      Files.delete(ws().resolve("f" + i));
    }
    sync(true);
    SessionId session = copy.session();
    copies.close();
    copies = copies("boot-1");
    copy = copies.find(session).orElseThrow();
    assertThat(syncedBytes()).as("it looks first").isZero();
    assertThat(syncedBytes()).isBetween((long) SIZE, SIZE + 10_000L);
    assertRestoresEqual();
  }

  @Test
  void whatOneSyncStoresAnew_isBounded_theEmptiestPacksFirst() {
    var ids = new IdSource(java.time.Clock.systemUTC());
    LiveBytes live = new LiveBytes();
    List<Pack> packs =
        List.of(
            pack(ids, 0, live, 40),
            pack(ids, 1, live, 10),
            pack(ids, 2, live, 60),
            pack(ids, 3, live, 30));
    assertThat(live.sparse(packs, 1000))
        .containsExactlyInAnyOrder(id(packs, 0), id(packs, 1), id(packs, 3));
    assertThat(live.sparse(packs, 50)).containsExactlyInAnyOrder(id(packs, 1), id(packs, 3));
    assertThat(live.sparse(packs, 9)).isEmpty();
  }

  private static PackId id(List<Pack> packs, int number) {
    return packs.get(number).id();
  }

  /** A pack of one frame of 100 bytes, of which so many are live. */
  private static Pack pack(IdSource ids, int frame, LiveBytes live, int bytes) {
    Sha256 any = Sha256.of(new byte[1], 0, 1);
    live.add(new Piece(0, bytes, any, frame, 0));
    return new Pack(
        new PackId(ids.next()),
        any,
        Pack.HEADER_BYTES + 100,
        List.of(new Pack.Frame(frame, Pack.HEADER_BYTES, 100, 100)));
  }
}
