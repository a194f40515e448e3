package dev.berth.controlplane.artifact;

import static dev.berth.controlplane.relay.ScriptedExecutor.data;
import static dev.berth.controlplane.relay.ScriptedExecutor.done;
import static dev.berth.controlplane.relay.ScriptedExecutor.failure;
import static dev.berth.controlplane.relay.ScriptedExecutor.file;
import static dev.berth.sql.db.Tables.ARTIFACT;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.platform.store.ObjectStore;
import dev.berth.controlplane.relay.ScriptedExecutor;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.Statuses;
import dev.berth.controlplane.testsupport.World;
import dev.berth.format.Sha256;
import dev.berth.v1.Artifact;
import dev.berth.v1.ArtifactServiceGrpc;
import dev.berth.v1.ArtifactServiceGrpc.ArtifactServiceBlockingStub;
import dev.berth.v1.CreateArtifactRequest;
import dev.berth.v1.ListArtifactsRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Files of live workspaces that clients have kept, from an executor's relay into a real store. */
final class ArtifactCreationTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final World world = new World(berth);
  private final World.Executor executor = world.executor(berth.project());
  private final World.Place place = world.place(berth.project(), executor.id());
  private final ArtifactServiceBlockingStub api =
      ArtifactServiceGrpc.newBlockingStub(berth.channel());

  @BeforeAll
  static void makeBucket() {
    berth.bean(ObjectStore.class).ensureBucket();
  }

  private CreateArtifactRequest.Builder request(String path) {
    return CreateArtifactRequest.newBuilder()
        .setSessionId(place.session().toString())
        .setPath(path);
  }

  private List<Artifact> listed() {
    return api.listArtifacts(
            ListArtifactsRequest.newBuilder().setSessionId(place.session().toString()).build())
        .getArtifactsList();
  }

  /** An executor that answers each read with these pieces of a file it says to be that large. */
  private ScriptedExecutor reading(long size, ByteString... pieces) {
    return new ScriptedExecutor(
        berth,
        executor,
        (order, stream) -> {
          stream.write(file(order.getOperation().getRead().getPath(), size));
          for (ByteString piece : pieces) {
            stream.write(data(piece));
          }
          stream.write(done(1, size));
        });
  }

  @Test
  void aLiveFile_isStreamedIntoTheStore_onceForARequestId() {
    byte[] content = new byte[3 << 20];
    new Random(1).nextBytes(content);
    ByteString bytes = ByteString.copyFrom(content);
    List<ByteString> pieces = new ArrayList<>();
    for (int at = 0; at < content.length; at += 64 << 10) {
      pieces.add(bytes.substring(at, at + (64 << 10)));
    }
    try (var agent = reading(content.length, pieces.toArray(ByteString[]::new))) {
      var wish = request("out/report.html").putLabels("k", "v").setRequestId("one").build();
      Artifact made = api.createArtifact(wish).getArtifact();
      assertThat(api.createArtifact(wish).getArtifact()).isEqualTo(made);
      assertThat(listed()).containsExactly(made);
      assertThat(made.getPath()).isEqualTo("out/report.html");
      assertThat(made.getContentType()).isEqualTo("text/html");
      assertThat(made.getSha256()).isEqualTo(Sha256.of(content, 0, content.length).toString());
      assertThat(made.getLabelsMap()).containsEntry("k", "v");
      assertThat(made.getRunId()).isEmpty();
      assertThat(made.hasExpireTime()).isFalse();
      String key = berth.sql().selectFrom(ARTIFACT).fetchSingle(ARTIFACT.OBJECT_KEY);
      assertThat(berth.bean(ObjectStore.class).get(key)).isEqualTo(content);
      assertThat(agent).isNotNull();
    }
  }

  @Test
  void aFileThatGrewOrShrankMeanwhile_isNotKept_andWhatIsLeftIsCollected() {
    ByteString four = ByteString.copyFromUtf8("four");
    try (var agent = reading(3, four)) {
      Statuses.refused(
          ErrorReason.ARTIFACT_CHANGED, () -> api.createArtifact(request("grew").build()));
      assertThat(agent).isNotNull();
    }
    try (var agent = reading(5, four)) {
      Statuses.refused(
          ErrorReason.ARTIFACT_CHANGED, () -> api.createArtifact(request("shrank").build()));
      assertThat(agent).isNotNull();
    }
    assertThat(listed()).isEmpty();
    berth.bean(ArtifactCollector.class).collect(Duration.ZERO);
    assertThat(berth.sql().fetchCount(ARTIFACT, ARTIFACT.STATE.ne("READY"))).isZero();
  }

  @Test
  void whatCannotBeKept_isRefusedByName() {
    Statuses.refused(
        ErrorReason.FIELD_INVALID, () -> api.createArtifact(request("../etc/passwd").build()));
    Statuses.refused(
        ErrorReason.FIELD_INVALID, () -> api.createArtifact(request("/workspace/a").build()));
    try (var agent = reading((1L << 30) + 1)) {
      Statuses.refused(
          ErrorReason.ARTIFACT_LIMIT, () -> api.createArtifact(request("large").build()));
      assertThat(agent).isNotNull();
    }
    try (var agent =
        new ScriptedExecutor(
            berth, executor, (order, stream) -> stream.write(failure("PATH_TYPE")))) {
      Statuses.refused(
          ErrorReason.PATH_TYPE, () -> api.createArtifact(request("directory").build()));
      assertThat(agent).isNotNull();
    }
  }
}
