package dev.berth.controlplane.snapshot;

import static dev.berth.controlplane.snapshot.SnapshotMaker.tree;
import static dev.berth.sql.db.Tables.PACK;
import static dev.berth.sql.db.Tables.SESSION;
import static dev.berth.sql.db.Tables.SNAPSHOT;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.FieldMask;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.platform.store.ObjectStore;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.Statuses;
import dev.berth.controlplane.testsupport.World;
import dev.berth.v1.CreateSessionRequest;
import dev.berth.v1.DeleteSnapshotRequest;
import dev.berth.v1.GetSnapshotRequest;
import dev.berth.v1.RollBackSessionRequest;
import dev.berth.v1.Session;
import dev.berth.v1.SessionServiceGrpc;
import dev.berth.v1.SessionServiceGrpc.SessionServiceBlockingStub;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.Snapshot;
import dev.berth.v1.SnapshotServiceGrpc;
import dev.berth.v1.SnapshotServiceGrpc.SnapshotServiceBlockingStub;
import dev.berth.v1.UpdateSnapshotRequest;
import dev.berth.v1.VerifySnapshotRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of snapshots: pinned, forked, rolled back to, removed; and of their packs. */
class SnapshotLifeTest {

  @RegisterExtension
  static final BerthServer berth =
      BerthServer.create().withoutReconcilers().with("berth.retention.snapshots", 7);

  private final World world = new World(berth);
  private final World.Executor executor = world.executor(berth.project());
  private final World.Place place = world.place(berth.project(), executor.id());
  private final SnapshotMaker maker = new SnapshotMaker(berth, world, place);
  private final SnapshotServiceBlockingStub api =
      SnapshotServiceGrpc.newBlockingStub(berth.channel());
  private final SessionServiceBlockingStub sessions =
      SessionServiceGrpc.newBlockingStub(berth.channel());

  private Snapshot get(SnapshotId id) {
    return api.getSnapshot(GetSnapshotRequest.newBuilder().setSnapshotId(id.toString()).build())
        .getSnapshot();
  }

  private Snapshot pin(SnapshotId id, boolean pinned) {
    return api.updateSnapshot(
            UpdateSnapshotRequest.newBuilder()
                .setSnapshotId(id.toString())
                .setUpdateMask(FieldMask.newBuilder().addPaths("pinned"))
                .setPinned(pinned)
                .build())
        .getSnapshot();
  }

  private void delete(SnapshotId id) {
    assertThat(
            api.deleteSnapshot(
                DeleteSnapshotRequest.newBuilder().setSnapshotId(id.toString()).build()))
        .isNotNull();
  }

  private void collect() {
    berth.bean(SnapshotRetention.class).runOnce();
    berth.bean(PackCollector.class).runOnce();
  }

  private void keep(int count) {
    berth
        .sql()
        .update(SESSION)
        .set(SESSION.KEEP_SNAPSHOTS, count)
        .where(SESSION.ID.eq(place.session()))
        .execute();
  }

  private List<SnapshotId> left(SessionId session) {
    return berth
        .sql()
        .select(SNAPSHOT.ID)
        .from(SNAPSHOT)
        .where(SNAPSHOT.SESSION_ID.eq(session))
        .orderBy(SNAPSHOT.ID)
        .fetch(SNAPSHOT.ID);
  }

  private void intact(SnapshotId id) {
    api.verifySnapshot(VerifySnapshotRequest.newBuilder().setSnapshotId(id.toString()).build())
        .forEachRemaining(
            answer -> assertThat(answer.hasFinding()).as("%s: %s", id, answer).isFalse());
  }

  private static String use(Runnable call) {
    var refused = Statuses.refused(ErrorReason.SNAPSHOT_IN_USE, call::run);
    return Statuses.info(refused).orElseThrow().getMetadataOrThrow("use");
  }

  @Test
  void update_changesLabelsAndPinned_underItsEtag() {
    SnapshotId id = maker.make(null, tree("a", "1"));
    Snapshot before = get(id);

    Snapshot pinned = pin(id, true);
    assertThat(pinned.getPinned()).isTrue();
    assertThat(pinned.getEtag()).isNotEqualTo(before.getEtag());

    var request =
        UpdateSnapshotRequest.newBuilder()
            .setSnapshotId(id.toString())
            .setUpdateMask(FieldMask.newBuilder().addPaths("labels"))
            .putLabels("release", "1");
    Statuses.refused(
        ErrorReason.ETAG_STALE,
        () -> api.updateSnapshot(request.setEtag(before.getEtag()).build()));
    Snapshot labelled = api.updateSnapshot(request.setEtag(pinned.getEtag()).build()).getSnapshot();
    assertThat(labelled.getLabelsMap()).containsEntry("release", "1");
    assertThat(labelled.getPinned()).isTrue();
  }

  @Test
  void delete_removesWhatOnlyItHeld_andRefusesWhatIsNeeded() {
    SnapshotId first = maker.make(null, tree("a", "one", "b", "two"));
    SnapshotId second = maker.make(first, tree("a", "one", "b", "changed"));
    SnapshotId head = maker.make(second, tree("a", "one"));

    assertThat(use(() -> delete(head))).isEqualTo("HEAD");
    pin(second, true);
    assertThat(use(() -> delete(second))).isEqualTo("PINNED");
    pin(second, false);
    delete(second);
    assertThat(get(head).getParentId()).isEqualTo(first.toString());
    Statuses.refused(ErrorReason.RESOURCE_NOT_FOUND, () -> get(second));

    List<String> doomed =
        berth
            .sql()
            .select(PACK.OBJECT_KEY)
            .from(PACK)
            .where(PACK.SESSION_ID.eq(place.session()), PACK.STATE.eq("DOOMED"))
            .fetch(PACK.OBJECT_KEY);
    assertThat(doomed).as("its manifest, and the pack of \"changed\"").hasSize(2);
    collect();
    assertThat(doomed).allMatch(key -> berth.bean(ObjectStore.class).size(key).isEmpty());
    intact(first);
    intact(head);
  }

  @Test
  void aSessionKeepsAsManyAsItsSpecSays_elseAsTheInstallationDoes() {
    var request = CreateSessionRequest.newBuilder();
    assertThat(sessions.createSession(request.build()).getSession().getSpec().getKeepSnapshots())
        .isEqualTo(7);
    request.setSpec(SessionSpec.newBuilder().setKeepSnapshots(3));
    assertThat(sessions.createSession(request.build()).getSession().getSpec().getKeepSnapshots())
        .isEqualTo(3);
  }

  @Test
  void onlyTheNewest_thePinned_andTheHeadAreKept() {
    keep(2);
    List<SnapshotId> made = new ArrayList<>();
    @Nullable SnapshotId base = null;
    for (int i = 0; i < 7; i++) {
      base = maker.make(base, tree("stays", "same", "changes", "content " + i));
      made.add(base);
    }
    pin(made.get(1), true);

    collect();
    collect();

    assertThat(left(place.session())).containsExactly(made.get(1), made.get(5), made.get(6));
    left(place.session()).forEach(this::intact);
    assertThat(berth.sql().fetchExists(PACK, PACK.STATE.eq("DOOMED"))).isFalse();
  }

  private Session fork(SnapshotId snapshot) {
    return sessions
        .createSession(
            CreateSessionRequest.newBuilder().setFromSnapshotId(snapshot.toString()).build())
        .getSession();
  }

  /** Its session's first worker, on the same executor. */
  private World.Place work(Session fork) {
    SessionId id = SessionId.parse(fork.getId());
    var worker = world.nextWorker(berth.project(), id, executor.id());
    return new World.Place(berth.project(), id, worker, executor.id());
  }

  @Test
  void aFork_beginsWithTheSnapshot_andBothGoOnSeparately() {
    SnapshotId origin = maker.make(null, tree("a", "one", "b", "two"));

    Session fork = fork(origin);
    assertThat(fork.getHeadSnapshotId()).isEqualTo(origin.toString());
    assertThat(fork.getSpec().getImage()).isEqualTo("test");
    assertThat(fork.getLineage().getParentId()).isEqualTo(place.session().toString());
    assertThat(fork.getLineage().getDepth()).isEqualTo(1);
    assertThat(fork.getLineage().getOrigin().getId()).isEqualTo(origin.toString());

    World.Place there = work(fork);
    SnapshotId theirs = maker.make(there, 1, origin, tree("a", "one", "b", "theirs"));
    SnapshotId mine = maker.make(origin, tree("a", "one", "b", "mine"));
    intact(theirs);
    intact(mine);

    keep(1);
    collect();
    assertThat(left(place.session())).containsExactly(mine);
    intact(theirs);
    assertThat(get(theirs).getParentId()).isEmpty();
  }

  @Test
  void theSnapshotThatAForkBeginsWith_isNeeded_andThoseOfOthersAreNotFound() {
    SnapshotId origin = maker.make(null, tree("a", "one"));
    assertThat(maker.make(origin, tree("a", "two"))).isNotNull();
    Session fork = fork(origin);
    keep(1);
    collect();
    assertThat(use(() -> delete(origin))).isEqualTo("HEAD");
    intact(SnapshotId.parse(fork.getHeadSnapshotId()));

    var theirs = SessionServiceGrpc.newBlockingStub(berth.channel(berth.otherKey()));
    Statuses.refused(
        ErrorReason.RESOURCE_NOT_FOUND,
        () ->
            theirs.createSession(
                CreateSessionRequest.newBuilder().setFromSnapshotId(origin.toString()).build()));
  }

  private Session rollBack(SnapshotId snapshot) {
    return sessions
        .rollBackSession(
            RollBackSessionRequest.newBuilder()
                .setSessionId(place.session().toString())
                .setSnapshotId(snapshot.toString())
                .setWait(com.google.protobuf.Duration.getDefaultInstance())
                .build())
        .getSession();
  }

  private void stopped() {
    berth
        .sql()
        .update(SESSION)
        .set(SESSION.DESIRED, "STOPPED")
        .set(SESSION.STATE, "STOPPED")
        .where(SESSION.ID.eq(place.session()))
        .execute();
  }

  @Test
  void rollBack_movesTheHeadOfAStoppedSession_andFencesLateSyncs() {
    SnapshotId first = maker.make(null, tree("a", "one"));
    SnapshotId second = maker.make(first, tree("a", "two"));
    Statuses.refused(ErrorReason.SESSION_NOT_READY, () -> rollBack(first));
    stopped();

    Session now = rollBack(first);

    assertThat(now.getHeadSnapshotId()).isEqualTo(first.toString());
    assertThat(get(second).getHead()).isFalse();
    SnapshotPeer.refused(
        () -> Objects.requireNonNull(maker.make(second, tree("a", "late"))),
        ErrorReason.HEAD_MOVED.code(),
        ErrorReason.HEAD_MOVED);
    assertThat(rollBack(second).getHeadSnapshotId()).isEqualTo(second.toString());
    SnapshotId foreign =
        new SnapshotMaker(berth, world, world.place(berth.project(), executor.id()))
            .make(null, tree("a", "theirs"));
    Statuses.refused(ErrorReason.RESOURCE_NOT_FOUND, () -> rollBack(foreign));
  }

  @Test
  void rollBack_isRefused_whileADiskHoldsWhatNoSnapshotHas() {
    SnapshotId first = maker.make(null, tree("a", "one"));
    assertThat(maker.make(first, tree("a", "two"))).isNotNull();
    stopped();
    assertThat(world.write(place)).isPositive();
    Statuses.refused(ErrorReason.UNSAVED_WORK, () -> rollBack(first));
  }

  @Test
  void collectionThatRacesSyncs_leavesEverySnapshotWhole() {
    keep(2);
    var random = new Random(7);
    SortedMap<String, byte[]> files = new TreeMap<>();
    for (int i = 0; i < 12; i++) {
      files.put("file-" + i, content(random));
    }
    SnapshotId origin = maker.make(null, files);
    World.Place fork = work(fork(origin));
    Map<World.Place, SnapshotId> heads =
        new java.util.HashMap<>(Map.of(place, origin, fork, origin));
    Map<World.Place, SortedMap<String, byte[]>> trees =
        Map.of(place, new TreeMap<>(files), fork, new TreeMap<>(files));
    var done = new AtomicBoolean();
    var collector =
        CompletableFuture.runAsync(() -> {
          while (!done.get()) {
            collect();
          }
        });
    try {
      for (int round = 0; round < 80; round++) {
        World.Place at = random.nextBoolean() ? place : fork;
        SortedMap<String, byte[]> tree = Objects.requireNonNull(trees.get(at));
        tree.put("file-" + random.nextInt(12), content(random));
        heads.put(at, sync(at, heads.get(at), tree));
      }
    } finally {
      done.set(true);
      collector.join();
    }
    collect();
    List<SnapshotId> left = new ArrayList<>(left(place.session()));
    left.addAll(left(fork.session()));
    assertThat(left).hasSizeBetween(3, 2 + 20 + 1).containsAll(heads.values());
    left.forEach(this::intact);
  }

  /** As an executor does: content whose pack is doomed is stored again. */
  private SnapshotId sync(
      World.Place at, @Nullable SnapshotId base, SortedMap<String, byte[]> tree) {
    try {
      return maker.make(at, 1, base, tree);
    } catch (BerthException e) {
      assertThat(e.reason()).isEqualTo(ErrorReason.PACK_DOOMED);
      return maker.make(at, 1, base, tree, false);
    }
  }

  private static byte[] content(Random random) {
    return Long.toString(random.nextLong()).repeat(50).getBytes(StandardCharsets.US_ASCII);
  }
}
