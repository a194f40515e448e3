package dev.berth.controlplane.workspace;

import static dev.berth.sql.db.Tables.COPY;
import static dev.berth.sql.db.Tables.PACK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.World;
import dev.berth.executor.v1.CommitSnapshotRequest;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc;
import dev.berth.v1.SyncWorkspaceRequest;
import dev.berth.v1.WorkspaceServiceGrpc;
import io.grpc.Status;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class WorkspaceSyncTest {

  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final World world = new World(berth);
  private final World.Executor executor = world.executor(berth.project());
  private final World.Place place = world.place(berth.project(), executor.id());
  private final WorkspaceServiceGrpc.WorkspaceServiceBlockingStub stub =
      WorkspaceServiceGrpc.newBlockingStub(berth.channel());

  @Test
  void sync_thatFails_saysThatTheStoreIsAway() {
    world.write(place);
    var call = CompletableFuture.supplyAsync(() -> Refusal.of(() -> stub.syncWorkspace(sync())));
    await().until(() -> world.copy(place).getSyncOrder() == 1);
    assertThat(world.copy(place).getSyncReason()).isEqualTo("REQUESTED");
    berth
        .sql()
        .update(COPY)
        .set(COPY.SYNC_FAILURES, 1)
        .set(COPY.SYNC_ERROR, "STORE_UNAVAILABLE: no answer")
        .where(COPY.SESSION_ID.eq(place.session()))
        .execute();

    Refusal refusal = call.join();
    assertThat(refusal.code()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(refusal.reason()).isEqualTo("STORE_UNAVAILABLE");
    assertThat(refusal.retry()).isTrue();
  }

  @Test
  void sync_answersTheNewHead_andTheSameForTheSameRequestId() {
    long version = world.write(place);
    var request = sync().toBuilder().setRequestId("once").build();
    var call = CompletableFuture.supplyAsync(() -> stub.syncWorkspace(request));
    await().until(() -> world.copy(place).getSyncOrder() == 1);
    String made = commit(version);
    berth
        .sql()
        .update(COPY)
        .set(COPY.SYNCED_ORDER, 1L)
        .where(COPY.SESSION_ID.eq(place.session()))
        .execute();

    assertThat(call.join().getSnapshot().getId()).isEqualTo(made);
    assertThat(call.join().getSnapshot().getHead()).isTrue();
    assertThat(stub.syncWorkspace(sync()).getSnapshot().getId()).isEqualTo(made);
    assertThat(world.copy(place).getSyncOrder()).as("clean: nothing is ordered").isEqualTo(1);
    world.write(place);
    assertThat(stub.syncWorkspace(request)).isEqualTo(call.join());
  }

  private String commit(long version) {
    var pack = new PackId(world.newId());
    String sha256 = "0".repeat(64);
    berth
        .sql()
        .insertInto(PACK)
        .set(PACK.ID, pack)
        .set(PACK.PROJECT_ID, place.project())
        .set(PACK.SESSION_ID, place.session())
        .set(PACK.OBJECT_KEY, pack.toString())
        .set(PACK.SHA256, sha256)
        .set(PACK.SIZE_BYTES, 1L)
        .set(PACK.STATE, "LIVE")
        .execute();
    var commit =
        CommitSnapshotRequest.newBuilder()
            .setSnapshotId(new SnapshotId(world.newId()).toString())
            .setSessionId(place.session().toString())
            .setGeneration(1)
            .setReason("REQUESTED")
            .setManifestPackId(pack.toString())
            .setManifestSha256(sha256)
            .setManifestBytes(1)
            .setQuiescent(true)
            .setDirtyVersion(version)
            .build();
    ExecutorLinkServiceGrpc.newBlockingStub(berth.executorChannel(executor.credential()))
        .commitSnapshot(commit);
    return commit.getSnapshotId();
  }

  private SyncWorkspaceRequest sync() {
    return SyncWorkspaceRequest.newBuilder().setSessionId(place.session().toString()).build();
  }
}
