package dev.berth.controlplane.snapshot;

import static dev.berth.controlplane.snapshot.SnapshotMaker.tree;
import static dev.berth.sql.db.Tables.SNAPSHOT;
import static dev.berth.sql.db.Tables.SNAPSHOT_PACK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.ByteString;
import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.platform.store.ObjectStore;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.Statuses;
import dev.berth.controlplane.testsupport.World;
import dev.berth.v1.DiffSnapshotsRequest;
import dev.berth.v1.ListSnapshotFilesRequest;
import dev.berth.v1.PullSnapshotRequest;
import dev.berth.v1.ReadSnapshotFileRequest;
import dev.berth.v1.SnapshotChange;
import dev.berth.v1.SnapshotFile;
import dev.berth.v1.SnapshotFinding;
import dev.berth.v1.SnapshotPath;
import dev.berth.v1.SnapshotServiceGrpc;
import dev.berth.v1.SnapshotServiceGrpc.SnapshotServiceBlockingStub;
import dev.berth.v1.SnapshotVerification;
import dev.berth.v1.StatSnapshotFileRequest;
import dev.berth.v1.VerifySnapshotRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Snapshots read from the real store, without any executor. */
class SnapshotContentTest {

  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private static final String NOT_UTF8 = "d/\u00ff\u00fe odd";
  private static final byte[] BIG = big();

  private final World world = new World(berth);
  private final World.Executor executor = world.executor(berth.project());
  private final World.Place place = world.place(berth.project(), executor.id());
  private final SnapshotMaker maker = new SnapshotMaker(berth, world, place);
  private final ObjectStore store = berth.bean(ObjectStore.class);
  private final SnapshotServiceBlockingStub api =
      SnapshotServiceGrpc.newBlockingStub(berth.channel());

  private final SortedMap<String, byte[]> files =
      tree(
          "a",
          "first",
          "big",
          BIG,
          "d/deep/er/leaf",
          "leaf",
          "d/link",
          "->../a",
          NOT_UTF8,
          "odd",
          "empty",
          "",
          "z",
          "last");
  private final SnapshotId snapshot = maker.make(null, files);

  private static byte[] big() {
    byte[] big = new byte[13 << 20];
    var random = new Random(1);
    byte[] part = new byte[4 << 20];
    random.nextBytes(part);
    System.arraycopy(part, 0, big, 0, part.length);
    byte[] end = new byte[1000];
    random.nextBytes(end);
    System.arraycopy(end, 0, big, big.length - end.length, end.length);
    return big;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static SnapshotPath at(String path) {
    return SnapshotPath.newBuilder()
        .setRawPath(ByteString.copyFrom(path, StandardCharsets.ISO_8859_1))
        .build();
  }

  private List<String> list(String path, boolean recursive, int pageSize) {
    var request =
        ListSnapshotFilesRequest.newBuilder()
            .setSnapshotId(snapshot.toString())
            .setAt(at(path))
            .setRecursive(recursive)
            .setPageSize(pageSize);
    List<String> found = new ArrayList<>();
    while (true) {
      var page = api.listSnapshotFiles(request.build());
      assertThat(page.getFilesCount()).isLessThanOrEqualTo(pageSize);
      page.getFilesList()
          .forEach(file -> found.add(file.getRawPath().toString(StandardCharsets.ISO_8859_1)));
      if (page.getNextPageToken().isEmpty()) {
        return found;
      }
      request.setPageToken(page.getNextPageToken());
    }
  }

  private byte[] read(String path, long offset, long length) {
    var out = new ByteArrayOutputStream();
    api.readSnapshotFile(
            ReadSnapshotFileRequest.newBuilder()
                .setSnapshotId(snapshot.toString())
                .setAt(at(path))
                .setOffset(offset)
                .setLength(length)
                .build())
        .forEachRemaining(answer -> out.writeBytes(answer.getData().toByteArray()));
    return out.toByteArray();
  }

  private List<SnapshotFinding> verify(SnapshotId id, boolean intact) {
    List<SnapshotFinding> findings = new ArrayList<>();
    List<SnapshotVerification> results = new ArrayList<>();
    api.verifySnapshot(VerifySnapshotRequest.newBuilder().setSnapshotId(id.toString()).build())
        .forEachRemaining(answer -> {
          if (answer.hasFinding()) {
            findings.add(answer.getFinding());
          }
          if (answer.hasResult()) {
            results.add(answer.getResult());
          }
        });
    assertThat(results).hasSize(1);
    assertThat(results.getFirst().getFindings()).isEqualTo(findings.size());
    assertThat(findings.isEmpty()).isEqualTo(intact);
    return findings;
  }

  private PackId contentPack(SnapshotId id) {
    return berth
        .sql()
        .select(SNAPSHOT_PACK.PACK_ID)
        .from(SNAPSHOT_PACK)
        .join(SNAPSHOT)
        .on(SNAPSHOT.ID.eq(SNAPSHOT_PACK.SNAPSHOT_ID))
        .where(SNAPSHOT.ID.eq(id), SNAPSHOT.MANIFEST_PACK_ID.ne(SNAPSHOT_PACK.PACK_ID))
        .fetchSingle(SNAPSHOT_PACK.PACK_ID);
  }

  private PackId manifestPack(SnapshotId id) {
    return berth
        .sql()
        .select(SNAPSHOT.MANIFEST_PACK_ID)
        .from(SNAPSHOT)
        .where(SNAPSHOT.ID.eq(id))
        .fetchSingle(SNAPSHOT.MANIFEST_PACK_ID);
  }

  @Test
  void list_givesADirectoryInByteOrder_pageByPage() {
    assertThat(list("", false, 2)).containsExactly("a", "big", "d", "empty", "z");
    assertThat(list("d", false, 1)).containsExactly("d/deep", "d/link", NOT_UTF8);
    assertThat(list("", true, 1))
        .containsExactly(
            "a",
            "big",
            "d",
            "d/deep",
            "d/deep/er",
            "d/deep/er/leaf",
            "d/link",
            NOT_UTF8,
            "empty",
            "z");
    assertThat(list("", true, 100)).hasSize(10);
  }

  @Test
  void stat_tellsWhatIsThere() {
    var request = StatSnapshotFileRequest.newBuilder().setSnapshotId(snapshot.toString());
    SnapshotFile link = api.statSnapshotFile(request.setAt(at("d/link")).build()).getFile();
    assertThat(link.getType()).isEqualTo(SnapshotFile.Type.TYPE_SYMLINK);
    assertThat(link.getLinkTarget()).isEqualTo("../a");
    SnapshotFile odd = api.statSnapshotFile(request.setAt(at(NOT_UTF8)).build()).getFile();
    assertThat(odd.getPath()).isEqualTo("d/\ufffd\ufffd odd");
    assertThat(odd.getSize()).isEqualTo(3);
    SnapshotFile top = api.statSnapshotFile(request.clearAt().build()).getFile();
    assertThat(top.getType()).isEqualTo(SnapshotFile.Type.TYPE_DIRECTORY);
    assertThat(top.getMode()).isEqualTo(0755);
  }

  @Test
  void read_givesRangesAcrossPiecesAndHoles() {
    assertThat(read("big", 0, 0)).isEqualTo(BIG);
    long offset = (4 << 20) - 10;
    assertThat(read("big", offset, 9 << 20))
        .isEqualTo(Arrays.copyOfRange(BIG, (int) offset, (int) offset + (9 << 20)));
    assertThat(read("big", BIG.length - 5, 100))
        .isEqualTo(Arrays.copyOfRange(BIG, BIG.length - 5, BIG.length));
    assertThat(read("empty", 0, 0)).isEmpty();
    assertThat(read(NOT_UTF8, 1, 1)).isEqualTo(new byte[] {'d'});
  }

  @Test
  void whatIsNotThere_isRefusedByItsKind() {
    Statuses.refused(ErrorReason.PATH_NOT_FOUND, () -> read("d/none", 0, 0));
    Statuses.refused(ErrorReason.PATH_NOT_FOUND, () -> read("a/below-a-file", 0, 0));
    Statuses.refused(ErrorReason.PATH_TYPE, () -> read("d", 0, 0));
    Statuses.refused(ErrorReason.PATH_TYPE, () -> list("a", false, 10));
    Statuses.refused(ErrorReason.FIELD_INVALID, () -> read("../a", 0, 0));
    Statuses.refused(ErrorReason.FIELD_INVALID, () -> read("/a", 0, 0));
    Statuses.refused(ErrorReason.OFFSET_OUT_OF_RANGE, () -> read("a", 6, 0));
  }

  @Test
  void pull_isATarOfEverything_byteForByte() throws IOException {
    var tar = new ByteArrayOutputStream();
    api.pullSnapshot(PullSnapshotRequest.newBuilder().setSnapshotId(snapshot.toString()).build())
        .forEachRemaining(answer -> tar.writeBytes(answer.getData().toByteArray()));

    Map<String, byte[]> found = new TreeMap<>();
    try (var in =
        new TarArchiveInputStream(new ByteArrayInputStream(tar.toByteArray()), "ISO-8859-1")) {
      for (var entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        if (entry.isSymbolicLink()) {
          found.put(entry.getName(), bytes("->" + entry.getLinkName()));
        } else if (entry.isFile()) {
          found.put(entry.getName(), in.readAllBytes());
        } else {
          assertThat(entry.getMode() & 0777).isEqualTo(0750);
        }
      }
    }
    assertThat(found.keySet()).isEqualTo(files.keySet());
    found.forEach((path, content) -> assertThat(content).isEqualTo(files.get(path)));
  }

  @Test
  void diff_namesWhatWasAddedRemovedAndChanged() {
    SortedMap<String, byte[]> now = new TreeMap<>(files);
    now.put("a", bytes("other"));
    now.remove("d/deep/er/leaf");
    now.put("new/file", bytes("new"));
    now.remove("z");
    now.put("z/now-a-directory", bytes("x"));
    SnapshotId later = maker.make(snapshot, now);

    List<SnapshotChange> changes = new ArrayList<>();
    api.diffSnapshots(DiffSnapshotsRequest.newBuilder().setSnapshotId(later.toString()).build())
        .forEachRemaining(answer -> changes.addAll(answer.getChangesList()));

    assertThat(changes)
        .extracting(
            SnapshotChange::getKind,
            change ->
                change.hasAfter() ? change.getAfter().getPath() : change.getBefore().getPath())
        .containsExactly(
            tuple(SnapshotChange.Kind.KIND_CHANGED, "a"),
            tuple(SnapshotChange.Kind.KIND_REMOVED, "d/deep"),
            tuple(SnapshotChange.Kind.KIND_REMOVED, "d/deep/er"),
            tuple(SnapshotChange.Kind.KIND_REMOVED, "d/deep/er/leaf"),
            tuple(SnapshotChange.Kind.KIND_ADDED, "new"),
            tuple(SnapshotChange.Kind.KIND_ADDED, "new/file"),
            tuple(SnapshotChange.Kind.KIND_CHANGED, "z"),
            tuple(SnapshotChange.Kind.KIND_ADDED, "z/now-a-directory"));
    verify(later, true);
  }

  @Test
  void verify_ofAnIntactSnapshot_findsNothing() {
    verify(snapshot, true);
  }

  @Test
  void verify_namesTheFilesThatADamagedPackHarms() {
    String key = maker.key(contentPack(snapshot));
    byte[] pack = store.get(key);
    pack[pack.length - 10] ^= 1;
    store.put(key, pack);

    List<SnapshotFinding> findings = verify(snapshot, false);

    assertThat(findings)
        .extracting(SnapshotFinding::getKind, SnapshotFinding::getPath)
        .containsExactly(
            tuple(SnapshotFinding.Kind.KIND_PACK, ""), tuple(SnapshotFinding.Kind.KIND_FILE, "z"));
    Statuses.refused(ErrorReason.OBJECT_CORRUPT, () -> read("z", 0, 0));
    assertThat(read("a", 0, 0)).isEqualTo(bytes("first"));
  }

  @Test
  void verify_ofATruncatedAndOfAMissingPack_namesEveryFileThatIsLost() {
    String key = maker.key(contentPack(snapshot));
    byte[] pack = store.get(key);
    store.put(key, Arrays.copyOf(pack, pack.length / 2));
    assertThat(verify(snapshot, false))
        .extracting(SnapshotFinding::getPath)
        .contains("", "big", "z", "d/\ufffd\ufffd odd")
        .doesNotContain("a", "empty");

    store.delete(key);
    assertThat(verify(snapshot, false))
        .extracting(SnapshotFinding::getPath)
        .containsExactly("", "a", "big", "d/deep/er/leaf", "d/\ufffd\ufffd odd", "z");
  }

  @Test
  void aDamagedOrMissingManifest_isOneFinding_thoughItWasReadBefore() {
    assertThat(list("d", false, 10)).hasSize(3);
    String key = maker.key(manifestPack(snapshot));
    byte[] manifest = store.get(key);
    manifest[manifest.length / 2] ^= 1;
    store.put(key, manifest);
    assertThat(verify(snapshot, false))
        .extracting(SnapshotFinding::getKind)
        .containsExactly(SnapshotFinding.Kind.KIND_MANIFEST);

    store.delete(key);
    verify(snapshot, false);
  }

  @Test
  void nothingIsReadOfASnapshotWithoutManifest() {
    store.delete(maker.key(manifestPack(snapshot)));
    Statuses.refused(ErrorReason.OBJECT_CORRUPT, () -> list("", false, 10));
  }

  @Test
  void snapshotsOfAnotherProject_areNotFound() {
    var theirs = SnapshotServiceGrpc.newBlockingStub(berth.channel(berth.otherKey()));
    Statuses.refused(
        ErrorReason.RESOURCE_NOT_FOUND,
        () ->
            theirs.listSnapshotFiles(
                ListSnapshotFilesRequest.newBuilder().setSnapshotId(snapshot.toString()).build()));
    Statuses.refused(
        ErrorReason.RESOURCE_NOT_FOUND,
        () ->
            theirs
                .verifySnapshot(
                    VerifySnapshotRequest.newBuilder().setSnapshotId(snapshot.toString()).build())
                .next());
    Statuses.refused(
        ErrorReason.RESOURCE_NOT_FOUND,
        () ->
            theirs
                .pullSnapshot(
                    PullSnapshotRequest.newBuilder().setSnapshotId(snapshot.toString()).build())
                .next());
  }
}
