package dev.berth.controlplane.run;

import static dev.berth.controlplane.run.FakeExecutor.batch;
import static dev.berth.controlplane.run.FakeExecutor.line;
import static dev.berth.controlplane.run.FakeExecutor.started;
import static dev.berth.controlplane.run.FakeExecutor.succeeded;
import static dev.berth.sql.db.Tables.ARTIFACT;
import static dev.berth.sql.db.Tables.EXECUTOR;
import static dev.berth.sql.db.Tables.RUN;
import static dev.berth.sql.db.Tables.SESSION;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.artifact.ArtifactCollector;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.platform.store.ObjectStore;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.Statuses;
import dev.berth.executor.v1.CommitArtifactRequest;
import dev.berth.executor.v1.CreateArtifactUploadRequest;
import dev.berth.executor.v1.CreateArtifactUploadResponse;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc.ExecutorLinkServiceBlockingStub;
import dev.berth.executor.v1.PublishEventsResponse.Status;
import dev.berth.format.Sha256;
import dev.berth.v1.Artifact;
import dev.berth.v1.ArtifactServiceGrpc;
import dev.berth.v1.ArtifactServiceGrpc.ArtifactServiceBlockingStub;
import dev.berth.v1.DeleteArtifactRequest;
import dev.berth.v1.DownloadArtifactRequest;
import dev.berth.v1.GetArtifactRequest;
import dev.berth.v1.ListArtifactsRequest;
import dev.berth.v1.Log;
import dev.berth.v1.Run;
import dev.berth.v1.RunEvent;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What runs leave behind, told by an executor over the link, kept in a real store. */
final class RunArtifactsTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final ArtifactServiceBlockingStub api =
      ArtifactServiceGrpc.newBlockingStub(berth.channel());
  private final RunFixture fixture = new RunFixture(berth);
  private final ExecutorId executor = fixture.executor();
  private final ExecutorLinkServiceBlockingStub link = fixture.link(executor);

  @BeforeAll
  static void makeBucket() {
    berth.bean(ObjectStore.class).ensureBucket();
  }

  /** A run whose attempt is under way and that names a file. */
  private Run running() throws Exception {
    SessionId session = fixture.readySession(executor);
    var request = fixture.request(session);
    Run run =
        fixture
            .stub()
            .createRun(
                request.toBuilder()
                    .setSpec(
                        request.getSpec().toBuilder()
                            .addArtifacts("/workspace/dist/*")
                            .setArtifactRetention(Duration.newBuilder().setSeconds(3600)))
                    .build())
            .getRun();
    fixture.dispatch();
    Run held = fixture.get(run);
    try (FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(started(held)).getStatus()).isEqualTo(Status.STATUS_OK);
    }
    return held;
  }

  private static CreateArtifactUploadRequest file(Run run, String path, String content) {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    return CreateArtifactUploadRequest.newBuilder()
        .setRunId(run.getId())
        .setAttemptId(run.getAttemptId())
        .setPath(path)
        .setSize(bytes.length)
        .setSha256(Sha256.of(bytes, 0, bytes.length).toString())
        .build();
  }

  private static int put(CreateArtifactUploadResponse where, String content) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(where.getUrl()))
            .PUT(
                content.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(content));
    where.getHeadersMap().forEach(request::header);
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(request.build(), BodyHandlers.discarding()).statusCode();
    }
  }

  private void commit(CreateArtifactUploadResponse announced) {
    assertThat(
            link.commitArtifact(
                CommitArtifactRequest.newBuilder()
                    .setArtifactId(announced.getArtifactId())
                    .build()))
        .isNotNull();
  }

  private Artifact kept(Run run, String path, String content) throws Exception {
    var announced = link.createArtifactUpload(file(run, path, content));
    assertThat(put(announced, content)).isEqualTo(200);
    commit(announced);
    return get(announced.getArtifactId());
  }

  private Artifact get(String id) {
    return api.getArtifact(GetArtifactRequest.newBuilder().setArtifactId(id).build()).getArtifact();
  }

  private ByteString download(String id, long offset, long length) {
    ByteString all = ByteString.EMPTY;
    var answers =
        api.downloadArtifact(
            DownloadArtifactRequest.newBuilder()
                .setArtifactId(id)
                .setOffset(offset)
                .setLength(length)
                .build());
    while (answers.hasNext()) {
      all = all.concat(answers.next().getData());
    }
    return all;
  }

  private List<Artifact> list(Run run) {
    return api.listArtifacts(ListArtifactsRequest.newBuilder().setRunId(run.getId()).build())
        .getArtifactsList();
  }

  private static void collect() {
    berth.bean(ArtifactCollector.class).runOnce();
  }

  @Test
  void aFileIsAnnounced_uploaded_committed_andRead_whateverIsRepeated() throws Exception {
    Run run = running();
    assertThat(run.getSpec().getArtifactsList()).containsExactly("dist/*");
    var announced = link.createArtifactUpload(file(run, "dist/a.json", "content"));
    Statuses.refused(ErrorReason.ARTIFACT_NOT_STORED, () -> commit(announced));
    assertThat(put(announced, "other 7")).as("other bytes").isEqualTo(400);
    assertThat(put(announced, "content")).isEqualTo(200);
    assertThat(list(run)).as("before the commit").isEmpty();

    var again = link.createArtifactUpload(file(run, "dist/a.json", "content"));
    assertThat(again.getArtifactId()).isEqualTo(announced.getArtifactId());
    assertThat(put(again, "content")).as("is there").isEqualTo(412);
    commit(again);
    commit(again);
    assertThat(link.createArtifactUpload(file(run, "dist/a.json", "another")))
        .as("kept once")
        .returns(announced.getArtifactId(), CreateArtifactUploadResponse::getArtifactId)
        .returns("", CreateArtifactUploadResponse::getUrl);

    assertThat(list(run)).singleElement().isEqualTo(get(announced.getArtifactId()));
    Artifact artifact = list(run).getFirst();
    assertThat(artifact.getPath()).isEqualTo("dist/a.json");
    assertThat(artifact.getContentType()).isEqualTo("application/json");
    assertThat(artifact.getSizeBytes()).isEqualTo(7);
    assertThat(artifact.getExpireTime().getSeconds() - artifact.getCreateTime().getSeconds())
        .isEqualTo(3600);
    assertThat(download(artifact.getId(), 0, 0).toStringUtf8()).isEqualTo("content");
    assertThat(download(artifact.getId(), 3, 2).toStringUtf8()).isEqualTo("te");
    assertThat(download(artifact.getId(), 7, 0)).isEmpty();
    Statuses.refused(ErrorReason.OFFSET_OUT_OF_RANGE, () -> download(artifact.getId(), 8, 0));
    try (FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(succeeded(run, 1)).getSettled()).isTrue();
    }
    assertThat(fixture.types(run))
        .containsExactly("run.created", "run.started", "artifact.created", "run.finished");
    assertThat(fixture.events(run).get(2).getArtifactCreated().getArtifactId())
        .isEqualTo(artifact.getId());
  }

  @Test
  void whatWasAnnounced_isReplacedByOtherContent_asLongAsItIsNotCommitted() throws Exception {
    Run run = running();
    var first = link.createArtifactUpload(file(run, "dist/a", "one"));
    var second = link.createArtifactUpload(file(run, "dist/a", "two"));
    assertThat(second.getArtifactId()).isNotEqualTo(first.getArtifactId());
    assertThat(put(second, "two")).isEqualTo(200);
    commit(second);
    Statuses.refused(ErrorReason.ARTIFACT_NOT_STORED, () -> commit(first));
    assertThat(list(run)).extracting(Artifact::getId).containsExactly(second.getArtifactId());
  }

  @Test
  void onlyTheAttemptUnderWay_ofThatExecutor_keepsFiles_withinTheBounds() throws Exception {
    Run run = running();
    var announced = link.createArtifactUpload(file(run, "a", "x"));
    var stranger = fixture.link(fixture.executor());
    Statuses.refused(
        ErrorReason.ATTEMPT_STALE, () -> stranger.createArtifactUpload(file(run, "b", "x")));
    Statuses.refused(
        ErrorReason.RESOURCE_NOT_FOUND,
        () ->
            stranger.commitArtifact(
                CommitArtifactRequest.newBuilder()
                    .setArtifactId(announced.getArtifactId())
                    .build()));
    Statuses.refused(
        ErrorReason.FIELD_INVALID, () -> link.createArtifactUpload(file(run, "../a", "x")));
    Statuses.refused(
        ErrorReason.ARTIFACT_LIMIT,
        () ->
            link.createArtifactUpload(
                file(run, "b", "x").toBuilder().setSize((1L << 30) + 1).build()));
    for (int i = 1; i < 100; i++) {
      assertThat(link.createArtifactUpload(file(run, "f" + i, "x")).getUrl()).isNotEmpty();
    }
    Statuses.refused(
        ErrorReason.ARTIFACT_LIMIT, () -> link.createArtifactUpload(file(run, "b", "x")));

    assertThat(put(announced, "x")).isEqualTo(200);
    try (FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(succeeded(run, 1)).getSettled()).isTrue();
    }
    Statuses.refused(ErrorReason.ATTEMPT_STALE, () -> commit(announced));
    assertThat(list(run)).isEmpty();
  }

  @Test
  void aRunNamesNothingOutsideOfItsWorkspace() {
    SessionId session = fixture.session();
    for (String path : List.of("../x", "/etc/passwd", "a//b", "/workspace")) {
      var request = fixture.request(session);
      Statuses.refused(
          ErrorReason.FIELD_INVALID,
          () ->
              fixture
                  .stub()
                  .createRun(
                      request.toBuilder()
                          .setSpec(request.getSpec().toBuilder().addArtifacts(path))
                          .build()));
    }
  }

  @Test
  void anAttemptThatIsGivenUp_saysThatNobodyKnowsWhatItKept() throws Exception {
    Run run = running();
    assertThat(fixture.settleLost(run, EndReason.EXECUTOR_LOST)).isTrue();
    assertThat(fixture.types(run))
        .containsExactly("run.created", "run.started", "warning", "run.finished");
    assertThat(fixture.events(run).get(2).getWarning().getCode()).isEqualTo("ARTIFACT_NOT_KEPT");
  }

  @Test
  void anAgentThatKnowsNoArtifacts_endsTheRun_andTheRunSaysThatNobodyKeptThem() throws Exception {
    Run run = running();
    berth
        .sql()
        .update(EXECUTOR)
        .set(EXECUTOR.FEATURES, new String[0])
        .where(EXECUTOR.ID.eq(executor))
        .execute();
    try (FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(succeeded(run, 1)).getLastSeq()).isEqualTo(4);
    }
    assertThat(fixture.types(run))
        .containsExactly("run.created", "run.started", "warning", "run.finished");
  }

  @Test
  void deletedAndExpiredOnes_goWithTheirObjects_andThoseOfASessionWithIt() throws Exception {
    Run run = running();
    Artifact deleted = kept(run, "deleted", "1");
    Artifact expired = kept(run, "expired", "2");
    Artifact stays = kept(run, "stays", "3");
    var delete =
        DeleteArtifactRequest.newBuilder()
            .setArtifactId(deleted.getId())
            .setRequestId("once " + deleted.getId())
            .build();
    assertThat(api.deleteArtifact(delete)).isEqualTo(api.deleteArtifact(delete));
    Statuses.refused(ErrorReason.RESOURCE_NOT_FOUND, () -> get(deleted.getId()));
    berth
        .sql()
        .update(ARTIFACT)
        .set(ARTIFACT.EXPIRE_TIME, java.time.Instant.EPOCH)
        .where(ARTIFACT.ID.eq(dev.berth.common.Id.ArtifactId.parse(expired.getId())))
        .execute();
    assertThat(objects(run)).isEqualTo(3);
    collect();
    collect();
    assertThat(objects(run)).isEqualTo(1);
    assertThat(list(run)).containsExactly(stays);

    berth
        .sql()
        .update(SESSION)
        .set(SESSION.DESIRED, "DELETED")
        .set(SESSION.STATE, "DELETED")
        .where(SESSION.ID.eq(SessionId.parse(run.getSessionId())))
        .execute();
    collect();
    assertThat(list(run)).isEmpty();
    assertThat(objects(run)).isZero();
  }

  /** How many of the run's artifacts have a row whose object is in the store. */
  private static long objects(Run run) {
    var store = berth.bean(ObjectStore.class);
    return berth
        .sql()
        .selectFrom(ARTIFACT)
        .where(ARTIFACT.RUN_ID.eq(RunFixture.id(run)))
        .fetch(ARTIFACT.OBJECT_KEY)
        .stream()
        .filter(key -> store.size(key).isPresent())
        .count();
  }

  @Test
  void aStoredObjectThatIsDamaged_isDataLoss() throws Exception {
    Run run = running();
    Artifact artifact = kept(run, "a", "content");
    String key =
        berth
            .sql()
            .selectFrom(ARTIFACT)
            .where(ARTIFACT.RUN_ID.eq(RunFixture.id(run)))
            .fetchSingle(ARTIFACT.OBJECT_KEY);
    berth.bean(ObjectStore.class).put(key, "c0ntent".getBytes(StandardCharsets.UTF_8));
    Statuses.refused(ErrorReason.OBJECT_CORRUPT, () -> download(artifact.getId(), 0, 0));
    berth.bean(ObjectStore.class).delete(key);
    Statuses.refused(ErrorReason.OBJECT_CORRUPT, () -> download(artifact.getId(), 0, 0));
  }

  @Test
  void aPayloadTooLargeForAnEvent_isAnArtifact_andTheStreamHasNoGap() throws Exception {
    Run run = running();
    String large = "x".repeat(200_000);
    try (FakeExecutor peer = fixture.peer(executor)) {
      var said = batch(run, 1, 2, line("before\n"), line(large), line("behind\n"));
      assertThat(peer.publish(said).getLastSeq()).isEqualTo(5);
      assertThat(peer.publish(said).getStatus()).as("again").isEqualTo(Status.STATUS_OK);
      assertThat(peer.publish(succeeded(run, 2)).getSettled()).isTrue();
    }
    List<RunEvent> events = fixture.events(run);
    assertThat(events).extracting(RunEvent::getSeq).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    RunEvent referring = events.get(3);
    assertThat(referring.getType()).isEqualTo("log");
    assertThat(referring.getPayloadCase()).isEqualTo(RunEvent.PayloadCase.PAYLOAD_NOT_SET);
    ByteString payload = download(referring.getPayloadRef().getArtifactId(), 0, 0);
    assertThat(payload.size()).isEqualTo(referring.getPayloadRef().getSizeBytes());
    assertThat(Log.parseFrom(payload).getData().toStringUtf8()).isEqualTo(large);
    assertThat(list(run))
        .singleElement()
        .returns(Artifact.Kind.KIND_EVENT_PAYLOAD, Artifact::getKind)
        .returns(referring.getPayloadRef().getSha256(), Artifact::getSha256);
  }

  @Test
  void aRunThatIsKeptNoLonger_takesItsLargePayloadsWithIt_andLeavesItsFiles() throws Exception {
    Run run = running();
    Artifact file = kept(run, "dist/a", "content");
    try (FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(batch(run, 1, 2, line("x".repeat(200_000)))).getLastSeq())
          .isEqualTo(4);
      assertThat(peer.publish(succeeded(run, 2)).getSettled()).isTrue();
    }
    assertThat(objects(run)).isEqualTo(2);
    berth.bean(RunRetention.class).runOnce();
    collect();
    assertThat(objects(run)).as("while the run is kept").isEqualTo(2);

    berth
        .sql()
        .update(RUN)
        .set(RUN.END_TIME, java.time.Instant.EPOCH)
        .where(RUN.ID.eq(RunFixture.id(run)))
        .execute();
    berth.bean(RunRetention.class).runOnce();
    collect();
    assertThat(list(run)).containsExactly(file);
    assertThat(objects(run)).isEqualTo(1);
    assertThat(download(file.getId(), 0, 0).toStringUtf8()).isEqualTo("content");
  }
}
