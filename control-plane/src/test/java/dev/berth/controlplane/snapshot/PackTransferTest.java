package dev.berth.controlplane.snapshot;

import static dev.berth.sql.db.Tables.PACK;
import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.common.Id.PackId;
import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.platform.store.ObjectStore;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.World;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import org.jooq.impl.DSL;
import org.jooq.types.DayToSecond;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PackTransferTest {

  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final World world = new World(berth);
  private final ProjectId project = berth.project();
  private final World.Place place = world.place(project, world.executor(project).id());
  private final SnapshotPeer peer = new SnapshotPeer(berth, world, place, 1);

  @Test
  void put_takesOnlyTheAnnouncedBytesAndOnlyOnce() {
    var request = peer.urls().addUploads(SnapshotPeer.upload("content", world));
    var url = peer.send(request).getUploads(0);

    assertThat(SnapshotPeer.put(url, "another")).isBetween(400, 499);
    assertThat(SnapshotPeer.put(url, "content")).isEqualTo(200);
    assertThat(SnapshotPeer.put(url, "content")).isEqualTo(412);
  }

  @Test
  void urls_canBeAskedForAgain() {
    var request = peer.urls().addUploads(SnapshotPeer.upload("content", world));
    peer.send(request);

    assertThat(SnapshotPeer.put(peer.send(request).getUploads(0), "content")).isEqualTo(200);
  }

  @Test
  void pack_announcedAgainWithAnotherContent_isRefused() {
    var upload = SnapshotPeer.upload("content", world);
    peer.send(peer.urls().addUploads(upload));

    SnapshotPeer.refused(
        () -> peer.send(peer.urls().addUploads(upload.setSize(99))),
        Status.Code.INVALID_ARGUMENT,
        ErrorReason.FIELD_INVALID);
  }

  @Test
  void packOfASnapshot_canBeDownloaded_othersCannot() {
    List<PackId> packs = peer.upload("content");

    SnapshotPeer.refused(
        () -> peer.send(peer.urls().addDownloads(packs.getFirst().toString())),
        Status.Code.NOT_FOUND,
        ErrorReason.RESOURCE_NOT_FOUND);

    peer.send(peer.commit(packs));
    var urls = peer.send(peer.urls().addDownloads(packs.getFirst().toString()));
    assertThat(SnapshotPeer.get(urls.getDownloads(0))).isEqualTo("content");
    assertThat(urls.getDownloads(0).getHeadersMap()).isEmpty();
  }

  @Test
  void download_ofAnObjectTheStoreHasLost_isDataLoss() {
    List<PackId> packs = peer.upload("content");
    peer.send(peer.commit(packs));
    berth.bean(ObjectStore.class).delete(key(packs.getFirst()));

    SnapshotPeer.refused(
        () -> peer.send(peer.urls().addDownloads(packs.getFirst().toString())),
        Status.Code.DATA_LOSS,
        ErrorReason.OBJECT_CORRUPT);
  }

  @Test
  void urls_forAStaleGeneration_areRefused_butNotForTheCopyItLastWrote() {
    var elsewhere = world.executor(project);
    world.nextWorker(project, place.session(), elsewhere.id());

    assertThat(peer.announce("kept for a rescue")).hasSize(2);
    SnapshotPeer.refused(
        () -> new SnapshotPeer(berth, world, place, 2).as(place.executor()).announce("too new"),
        Status.Code.ABORTED,
        ErrorReason.GENERATION_STALE);
  }

  @Test
  void packNeverCommitted_isCollected_withItsObject() {
    List<PackId> packs = peer.upload("left");
    List<PackId> young = peer.upload("young");
    age(packs, Duration.ofHours(25));
    String key = key(packs.getFirst());

    berth.bean(PackCollector.class).runOnce();

    assertThat(berth.sql().fetchCount(PACK, PACK.ID.in(packs))).isZero();
    assertThat(berth.bean(ObjectStore.class).size(key)).isEmpty();
    assertThat(berth.sql().fetchCount(PACK, PACK.ID.in(young))).isEqualTo(2);
  }

  @Test
  void packThatIsOldButCommitted_isKept() {
    List<PackId> packs = peer.upload("kept");
    peer.send(peer.commit(packs));
    age(packs, Duration.ofHours(25));

    berth.bean(PackCollector.class).runOnce();

    assertThat(berth.sql().fetchCount(PACK, PACK.ID.in(packs))).isEqualTo(2);
    assertThat(berth.bean(ObjectStore.class).size(key(packs.getFirst()))).isPresent();
  }

  @Test
  void packThatACommitHolds_isNotDoomed() {
    List<PackId> packs = peer.upload("held");
    age(packs, Duration.ofHours(25));

    berth
        .transactions()
        .run(() -> {
          berth.bean(PackRepository.class).findForShare(place.session(), packs);
          Thread collector =
              Thread.ofVirtual().start(() -> berth.bean(PackCollector.class).runOnce());
          join(collector);
          berth.bean(PackRepository.class).makeLive(packs);
        });

    assertThat(berth.sql().select(PACK.STATE).from(PACK).where(PACK.ID.in(packs)).fetch(PACK.STATE))
        .containsOnly("LIVE");
  }

  @Test
  void packNearItsCollection_getsNoUrl() {
    var upload = SnapshotPeer.upload("late", world);
    peer.send(peer.urls().addUploads(upload));
    age(List.of(PackId.parse(upload.getPackId())), Duration.ofHours(13));

    SnapshotPeer.refused(
        () -> peer.send(peer.urls().addUploads(upload)),
        Status.Code.ABORTED,
        ErrorReason.PACK_DOOMED);
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String key(PackId pack) {
    return berth
        .sql()
        .select(PACK.OBJECT_KEY)
        .from(PACK)
        .where(PACK.ID.eq(pack))
        .fetchSingle(PACK.OBJECT_KEY);
  }

  private static void age(List<PackId> packs, Duration age) {
    berth
        .sql()
        .update(PACK)
        .set(PACK.CREATE_TIME, DSL.currentInstant().minus(DayToSecond.valueOf(age)))
        .where(PACK.ID.in(packs))
        .execute();
  }
}
