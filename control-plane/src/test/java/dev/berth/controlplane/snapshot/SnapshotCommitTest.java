package dev.berth.controlplane.snapshot;

import static dev.berth.controlplane.snapshot.SnapshotPeer.refused;
import static dev.berth.sql.db.Tables.COMMAND;
import static dev.berth.sql.db.Tables.EVENT;
import static dev.berth.sql.db.Tables.PACK;
import static dev.berth.sql.db.Tables.RUN;
import static dev.berth.sql.db.Tables.RUN_EVENT;
import static dev.berth.sql.db.Tables.SESSION;
import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.CommandId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.ReplicaId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.platform.store.ObjectStore;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.World;
import dev.berth.sql.db.tables.records.RunEventRecord;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.GetSnapshotRequest;
import dev.berth.v1.ListSnapshotsRequest;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.RunSpec;
import dev.berth.v1.SnapshotServiceGrpc;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SnapshotCommitTest {

  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final World world = new World(berth);
  private final ProjectId project = berth.project();
  private final World.Executor executor = world.executor(project);
  private final World.Place place = world.place(project, executor.id());
  private final SnapshotPeer peer = new SnapshotPeer(berth, world, place, 1);

  @Test
  void commit_movesTheHeadAndCleansTheCopy() {
    long version = world.write(place);
    var commit = peer.commit(peer.upload("one", "two")).setDirtyVersion(version).setQuiescent(true);

    var answer = peer.send(commit);

    assertThat(answer.getClean()).isTrue();
    assertThat(answer.getHeadSnapshotId()).isEqualTo(commit.getSnapshotId());
    assertThat(head()).isEqualTo(commit.getSnapshotId());
    assertThat(world.copy(place).getDirty()).isFalse();
    assertThat(world.copy(place).getBaseSnapshotId()).hasToString(commit.getSnapshotId());
    assertThat(berth.sql().select(PACK.STATE).from(PACK).where(PACK.SESSION_ID.eq(place.session())))
        .extracting(row -> row.value1())
        .containsOnly("LIVE")
        .hasSize(3);
    assertThat(
            berth
                .sql()
                .selectFrom(EVENT)
                .where(EVENT.SESSION_ID.eq(place.session()), EVENT.TYPE.eq("workspace.synced"))
                .fetchSingle()
                .getAttributes()
                .data())
        .contains(commit.getSnapshotId());
  }

  @Test
  void commit_whileARunIsUnderWay_isAnEventOfTheRun_onceAndOnlyThen() {
    peer.send(peer.commit(peer.upload("before")));
    RunId run = runUnderWay();
    var commit =
        peer.commit(peer.upload("during"))
            .setReason("INTERVAL")
            .setBaseSnapshotId(head())
            .addChangedDuringSync("busy.log");
    peer.send(commit);
    peer.send(commit);

    var events =
        berth
            .sql()
            .selectFrom(RUN_EVENT)
            .where(RUN_EVENT.RUN_ID.eq(run))
            .orderBy(RUN_EVENT.SEQ)
            .fetch();
    assertThat(events)
        .extracting(RunEventRecord::getType)
        .containsExactly("run.created", "workspace.synced");
    assertThat(new String(events.getLast().getPayload(), StandardCharsets.UTF_8))
        .contains(commit.getSnapshotId(), "INTERVAL", "busy.log");
  }

  @Test
  void commit_isIdempotent() {
    var commit = peer.commit(peer.upload("one"));

    var first = peer.send(commit);
    var second = peer.send(commit);

    assertThat(second).isEqualTo(first);
    assertThat(
            berth
                .sql()
                .fetchCount(
                    EVENT,
                    EVENT.SESSION_ID.eq(place.session()).and(EVENT.TYPE.eq("workspace.synced"))))
        .isEqualTo(1);
  }

  @Test
  void commit_ofTheHeadAgain_cleansTheCopyWhereNothingChanged() {
    var commit = peer.commit(peer.upload("one"));
    peer.send(commit);
    long version = world.write(place);

    var again = peer.send(commit.setQuiescent(true).setDirtyVersion(version));

    assertThat(again.getClean()).isTrue();
    assertThat(world.copy(place).getDirty()).isFalse();
  }

  @Test
  void commit_afterAWriteDuringTheSync_leavesTheCopyDirty() {
    long ordered = world.write(place);
    world.write(place);

    var answer =
        peer.send(peer.commit(peer.upload("one")).setQuiescent(true).setDirtyVersion(ordered));

    assertThat(answer.getClean()).isFalse();
    assertThat(world.copy(place).getDirty()).isTrue();
  }

  @Test
  void commit_thatWasNotQuiescent_leavesTheCopyDirty() {
    long version = world.write(place);

    var answer = peer.send(peer.commit(peer.upload("one")).setDirtyVersion(version));

    assertThat(answer.getClean()).isFalse();
  }

  @Test
  void commit_whileAWritingCommandIsOpen_leavesTheCopyDirty() {
    long version = world.write(place);
    CommandId command = openWritingCommand();
    var commit = peer.commit(peer.upload("one")).setQuiescent(true).setDirtyVersion(version);

    assertThat(peer.send(commit).getClean()).isFalse();

    berth
        .sql()
        .update(COMMAND)
        .set(COMMAND.DONE_TIME, Instant.now(Clock.systemUTC()))
        .where(COMMAND.ID.eq(command))
        .execute();
    assertThat(peer.send(commit).getClean()).isTrue();
  }

  @Test
  void commit_ofAWorkerThatLetsNobodyWriteAnyMore_cleansTheCopyWhateverIsOnItsWay() {
    long ordered = world.write(place);
    world.write(place);
    openWritingCommand();
    var commit = peer.commit(peer.upload("one")).setClosed(true).setDirtyVersion(ordered);

    assertThat(peer.send(commit).getClean()).isFalse();
    assertThat(peer.send(commit.setQuiescent(true)).getClean()).isTrue();
  }

  @Test
  void commit_onAnotherBaseThanTheHead_isRefusedWithTheHead() {
    var first = peer.commit(peer.upload("one"));
    peer.send(first);

    refused(
        () -> peer.send(peer.commit(peer.upload("two"))),
        Status.Code.ABORTED,
        ErrorReason.HEAD_MOVED);
    assertThat(head()).isEqualTo(first.getSnapshotId());
  }

  @Test
  void commit_ofAnOlderGeneration_isRefusedAndChangesNothing() {
    var commit = peer.commit(peer.upload("one"));
    world.nextWorker(project, place.session(), executor.id());

    refused(() -> peer.send(commit), Status.Code.ABORTED, ErrorReason.GENERATION_STALE);
    assertThat(head()).isEmpty();
    refused(
        () -> peer.send(commit.setGeneration(7)),
        Status.Code.ABORTED,
        ErrorReason.GENERATION_STALE);
  }

  @Test
  void commit_ofADoomedPack_isRefusedWithTheId() {
    var packs = peer.upload("one");
    var commit = peer.commit(packs);
    berth
        .sql()
        .update(PACK)
        .set(PACK.STATE, "DOOMED")
        .where(PACK.ID.eq(packs.getFirst()))
        .execute();

    refused(() -> peer.send(commit), Status.Code.ABORTED, ErrorReason.PACK_DOOMED);
    assertThat(SnapshotPeer.metadata(() -> peer.send(commit)))
        .containsEntry("packs", packs.getFirst().toString());
  }

  @Test
  void commit_ofAnObjectThatWasNeverStored_isRefused() {
    var commit = peer.commit(peer.announce("one"));

    refused(() -> peer.send(commit), Status.Code.FAILED_PRECONDITION, ErrorReason.PACK_NOT_STORED);
    assertThat(head()).isEmpty();
  }

  @Test
  void commit_ofAnObjectOfAnotherSize_isRefused() {
    var packs = peer.announce("one");
    String key =
        berth
            .sql()
            .select(PACK.OBJECT_KEY)
            .from(PACK)
            .where(PACK.ID.eq(packs.getFirst()))
            .fetchSingle(PACK.OBJECT_KEY);
    berth
        .bean(ObjectStore.class)
        .put(key, "another".getBytes(java.nio.charset.StandardCharsets.UTF_8));

    refused(
        () -> peer.send(peer.commit(packs)),
        Status.Code.FAILED_PRECONDITION,
        ErrorReason.PACK_NOT_STORED);
  }

  @Test
  void rescue_fromAGivenUpGeneration_isKeptBesideTheHead() {
    var first = peer.commit(peer.upload("one"));
    peer.send(first);
    long version = world.write(place);
    var elsewhere = world.executor(project);
    world.nextWorker(project, place.session(), elsewhere.id());

    var rescue =
        peer.commit(peer.upload("two"))
            .setBaseSnapshotId(first.getSnapshotId())
            .setRescued(true)
            .setReason("RESCUE")
            .setQuiescent(true)
            .setDirtyVersion(version);
    var answer = peer.send(rescue);

    assertThat(answer.getHeadSnapshotId()).isEqualTo(first.getSnapshotId());
    assertThat(answer.getClean()).isTrue();
    assertThat(head()).isEqualTo(first.getSnapshotId());
    var shown =
        SnapshotServiceGrpc.newBlockingStub(berth.channel())
            .getSnapshot(
                GetSnapshotRequest.newBuilder().setSnapshotId(rescue.getSnapshotId()).build())
            .getSnapshot();
    assertThat(shown.getKind()).isEqualTo(dev.berth.v1.Snapshot.Kind.KIND_RESCUED);
    assertThat(shown.getHead()).isFalse();
    assertThat(shown.getParentId()).isEqualTo(first.getSnapshotId());
  }

  @Test
  void rescue_byAnExecutorWithoutACopy_isRefused() {
    var stranger = world.executor(project);

    refused(
        () -> peer.as(stranger.id()).send(peer.commit(peer.upload("one")).setRescued(true)),
        Status.Code.NOT_FOUND,
        ErrorReason.RESOURCE_NOT_FOUND);
  }

  @Test
  void otherExecutors_findNoSuchSession() {
    var ofAnotherProject = world.executor(berth.project("other"));
    var ofTheSame = world.executor(project);

    for (var stranger : List.of(ofAnotherProject, ofTheSame)) {
      refused(
          () -> peer.as(stranger.id()).announce("one"),
          Status.Code.NOT_FOUND,
          ErrorReason.RESOURCE_NOT_FOUND);
      refused(
          () -> peer.as(stranger.id()).send(peer.commit(peer.upload("one"))),
          Status.Code.NOT_FOUND,
          ErrorReason.RESOURCE_NOT_FOUND);
    }
  }

  @Test
  void snapshotOfAnotherProject_isNotFound() {
    var commit = peer.commit(peer.upload("one"));
    peer.send(commit);
    var foreign = SnapshotServiceGrpc.newBlockingStub(berth.channel(berth.otherKey()));

    Assertions.assertThatThrownBy(() ->
            foreign.getSnapshot(
                GetSnapshotRequest.newBuilder().setSnapshotId(commit.getSnapshotId()).build()))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND));
    assertThat(foreign.listSnapshots(ListSnapshotsRequest.getDefaultInstance()).getSnapshotsList())
        .isEmpty();
  }

  @Test
  void list_pagesNewestFirst() {
    String base = "";
    var made = new java.util.ArrayList<String>();
    for (String content : List.of("a", "b", "c")) {
      var commit = peer.commit(peer.upload(content)).setBaseSnapshotId(base);
      peer.send(commit);
      base = commit.getSnapshotId();
      made.addFirst(base);
    }
    var stub = SnapshotServiceGrpc.newBlockingStub(berth.channel());
    var request =
        ListSnapshotsRequest.newBuilder().setSessionId(place.session().toString()).setPageSize(2);

    var first = stub.listSnapshots(request.build());
    var second = stub.listSnapshots(request.clone().setPageToken(first.getNextPageToken()).build());

    assertThat(first.getSnapshotsList()).extracting(s -> s.getId()).isEqualTo(made.subList(0, 2));
    assertThat(first.getSnapshots(0).getHead()).isTrue();
    assertThat(second.getSnapshotsList()).extracting(s -> s.getId()).isEqualTo(made.subList(2, 3));
    assertThat(second.getNextPageToken()).isEmpty();
  }

  private RunId runUnderWay() {
    RunId run =
        RunId.parse(
            RunServiceGrpc.newBlockingStub(berth.channel())
                .createRun(
                    CreateRunRequest.newBuilder()
                        .setSessionId(place.session().toString())
                        .setSpec(RunSpec.newBuilder().addCommand("true"))
                        .build())
                .getRun()
                .getId());
    int rows =
        berth
            .sql()
            .update(RUN)
            .set(RUN.STATE, "RUNNING")
            .set(RUN.ATTEMPT, 1)
            .set(RUN.ATTEMPT_ID, new AttemptId(world.newId()))
            .set(RUN.ATTEMPT_START_TIME, Instant.now(Clock.systemUTC()))
            .set(RUN.WORKER_ID, place.worker())
            .set(RUN.EXECUTOR_ID, place.executor())
            .set(RUN.WORKER_GENERATION, 1L)
            .where(RUN.ID.eq(run))
            .execute();
    assertThat(rows).isEqualTo(1);
    return run;
  }

  private String head() {
    SnapshotId head =
        berth.sql().fetchSingle(SESSION, SESSION.ID.eq(place.session())).getHeadSnapshotId();
    return head == null ? "" : head.toString();
  }

  private CommandId openWritingCommand() {
    var id = new CommandId(world.newId());
    berth
        .sql()
        .insertInto(COMMAND)
        .set(COMMAND.ID, id)
        .set(COMMAND.EXECUTOR_ID, place.executor())
        .set(COMMAND.SESSION_ID, place.session())
        .set(COMMAND.WORKER_ID, place.worker())
        .set(COMMAND.KIND, "OPEN_RELAY")
        .set(COMMAND.WRITES, true)
        .set(COMMAND.PAYLOAD, new byte[0])
        .set(COMMAND.REPLICA_ID, new ReplicaId(world.newId()))
        .set(COMMAND.EXPIRE_TIME, Instant.now(Clock.systemUTC()).plus(1, ChronoUnit.MINUTES))
        .execute();
    return id;
  }
}
