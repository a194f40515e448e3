package dev.berth.controlplane.workspace;

import static dev.berth.controlplane.testsupport.Statuses.refused;
import static dev.berth.sql.db.Tables.COPY;
import static dev.berth.sql.db.Tables.SESSION;
import static dev.berth.sql.db.Tables.WORKER;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.relay.ScriptedExecutor;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.World;
import dev.berth.executor.v1.RelayRequest;
import dev.berth.v1.ExportCopyRequest;
import dev.berth.v1.WorkspaceServiceGrpc;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Files straight from a disk, while the session sleeps. */
class ExportTest {

  @RegisterExtension
  static final BerthServer berth =
      BerthServer.create().withoutReconcilers().with("berth.relay.pick-up", "3s");

  private final World world = new World(berth);
  private final World.Executor executor = world.executor(berth.project());
  private final World.Place place = world.place(berth.project(), executor.id());

  @Test
  void stoppedSession_isReadFromItsDisk_andNotWoken() {
    stop();
    try (var agent =
        new ScriptedExecutor(
            berth,
            executor,
            (order, stream) -> {
              assertThat(order.getOperation().hasExport()).isTrue();
              assertThat(order.getGeneration()).isEqualTo(1);
              stream.write(
                  RelayRequest.newBuilder().setData(ByteString.copyFromUtf8("a tar")).build());
              stream.write(
                  RelayRequest.newBuilder()
                      .setDone(RelayRequest.Done.newBuilder().setFileCount(1))
                      .build());
            })) {
      assertThat(export()).containsExactly("a tar");
      assertThat(agent).isNotNull();
    }
    assertThat(
            berth
                .sql()
                .select(SESSION.DESIRED)
                .from(SESSION)
                .where(SESSION.ID.eq(place.session()))
                .fetchSingle(SESSION.DESIRED))
        .isEqualTo("STOPPED");
    assertThat(world.copy(place).getDirty()).isFalse();
  }

  @Test
  void sessionThatNoDiskHolds_isRefused_andSaysWhatToDo() {
    stop();
    int rows =
        berth
            .sql()
            .update(COPY)
            .set(COPY.STATE, "REMOVED")
            .where(COPY.SESSION_ID.eq(place.session()))
            .execute();
    assertThat(rows).isEqualTo(1);
    assertThat(refused(ErrorReason.SESSION_STATE, this::export))
        .hasMessageContaining("restore a snapshot");
  }

  private void stop() {
    int rows =
        berth
            .sql()
            .update(WORKER)
            .set(WORKER.STATE, "STOPPED")
            .set(WORKER.DESIRED, "STOPPED")
            .where(WORKER.ID.eq(place.worker()))
            .execute();
    rows +=
        berth
            .sql()
            .update(SESSION)
            .set(SESSION.STATE, "STOPPED")
            .set(SESSION.DESIRED, "STOPPED")
            .where(SESSION.ID.eq(place.session()))
            .execute();
    assertThat(rows).isEqualTo(2);
  }

  private List<String> export() {
    List<String> parts = new ArrayList<>();
    WorkspaceServiceGrpc.newBlockingStub(berth.channel())
        .exportCopy(ExportCopyRequest.newBuilder().setSessionId(place.session().toString()).build())
        .forEachRemaining(part -> parts.add(part.getData().toStringUtf8()));
    return parts;
  }
}
