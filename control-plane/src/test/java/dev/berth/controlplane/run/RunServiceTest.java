package dev.berth.controlplane.run;

import static dev.berth.sql.db.Tables.QUEUE;
import static dev.berth.sql.db.Tables.SESSION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Duration;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.QueueId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.v1.CancelRunRequest;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.EndReason;
import dev.berth.v1.GetQueueRequest;
import dev.berth.v1.GetRunRequest;
import dev.berth.v1.ListQueuesRequest;
import dev.berth.v1.ListRunsRequest;
import dev.berth.v1.QueueServiceGrpc;
import dev.berth.v1.Run;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.RunSpec;
import dev.berth.v1.RunState;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.WaitRunRequest;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What users do to runs, and every way it is refused. */
final class RunServiceTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final RunFixture fixture = new RunFixture(berth);
  private final ExecutorId executor = fixture.executor();

  private static void refused(ThrowingCallable call, Code code, String... words) throws Exception {
    StatusRuntimeException e = catchThrowableOfType(StatusRuntimeException.class, call);
    assertThat(e).as("refused").isNotNull();
    assertThat(e.getStatus().getCode()).isEqualTo(code);
    StringBuilder details = new StringBuilder();
    var status = StatusProto.fromThrowable(e);
    assertThat(status).isNotNull();
    for (var detail : status.getDetailsList()) {
      if (detail.is(com.google.rpc.ErrorInfo.class)) {
        details.append(detail.unpack(com.google.rpc.ErrorInfo.class));
      } else if (detail.is(com.google.rpc.BadRequest.class)) {
        details.append(detail.unpack(com.google.rpc.BadRequest.class));
      } else if (detail.is(com.google.rpc.RetryInfo.class)) {
        details.append("RetryInfo");
      }
    }
    for (String word : words) {
      assertThat(details.toString()).contains(word);
    }
  }

  private CreateRunRequest with(SessionId session, RunSpec spec) {
    return fixture.request(session).toBuilder().setSpec(spec).build();
  }

  @Test
  void create_appliesTheDefaults_andWakesTheSession() {
    SessionId session = fixture.session();
    Run run = fixture.create(session);
    assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_QUEUED);
    assertThat(run.getSpec().getProvider()).isEqualTo("exec");
    assertThat(run.getSpec().getWorkingDirectory()).isEqualTo("/workspace");
    assertThat(run.getSpec().getTimeout().getSeconds()).isEqualTo(3600);
    assertThat(run.getSpec().getGrace().getSeconds()).isEqualTo(10);
    assertThat(run.getSpec().getMaxAttempts()).isEqualTo(1);
    assertThat(run.getLineage().getRootId()).isEqualTo(run.getId());
    assertThat(run.getCreatedBy().getId()).startsWith("key_");
    assertThat(run.getPendingMessage()).isNotEmpty();
    assertThat(
            berth
                .sql()
                .selectFrom(SESSION)
                .where(SESSION.ID.eq(session))
                .fetchSingle()
                .getActivityVersion())
        .isEqualTo(1);
  }

  @Test
  void create_namesTheFieldThatIsWrong() throws Exception {
    SessionId session = fixture.session();
    refused(
        () -> fixture.stub().createRun(with(session, RunSpec.getDefaultInstance())),
        Code.INVALID_ARGUMENT,
        "FIELD_INVALID",
        "spec.command");
    for (String directory :
        List.of("/etc", "workspace", "/workspace/../etc", "/workspace//a", "/workspacex")) {
      RunSpec spec = RunFixture.echo().toBuilder().setWorkingDirectory(directory).build();
      refused(
          () -> fixture.stub().createRun(with(session, spec)),
          Code.INVALID_ARGUMENT,
          "FIELD_INVALID",
          "spec.working_directory");
    }
    RunSpec nul = RunSpec.newBuilder().addCommand("a\0b").build();
    refused(
        () -> fixture.stub().createRun(with(session, nul)),
        Code.INVALID_ARGUMENT,
        "spec.command[0]");
    refused(
        () ->
            fixture
                .stub()
                .createRun(
                    CreateRunRequest.newBuilder()
                        .setSessionId("nonsense")
                        .setSpec(RunFixture.echo())
                        .build()),
        Code.INVALID_ARGUMENT,
        "session_id");
    refused(
        () ->
            fixture
                .stub()
                .createRun(CreateRunRequest.newBuilder().setSpec(RunFixture.echo()).build()),
        Code.INVALID_ARGUMENT,
        "FIELD_INVALID");
  }

  @Test
  void create_withAProviderThatNoExecutorHas_isRefused() throws Exception {
    SessionId session = fixture.session();
    RunSpec spec = RunFixture.echo().toBuilder().setProvider("claude-code").build();
    refused(
        () -> fixture.stub().createRun(with(session, spec)),
        Code.FAILED_PRECONDITION,
        "PROVIDER_UNKNOWN",
        "claude-code");
  }

  @Test
  void unknownAndForeignIds_areNotFound() throws Exception {
    SessionId nowhere = new SessionId(UUID.fromString("01900000-0000-7000-8000-000000000001"));
    refused(() -> fixture.create(nowhere), Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
    Run run = fixture.create(fixture.session());
    var other = RunServiceGrpc.newBlockingStub(berth.channel(berth.otherKey()));
    refused(
        () -> other.getRun(GetRunRequest.newBuilder().setRunId(run.getId()).build()),
        Code.NOT_FOUND,
        "RESOURCE_NOT_FOUND",
        run.getId());
    refused(
        () -> other.cancelRun(CancelRunRequest.newBuilder().setRunId(run.getId()).build()),
        Code.NOT_FOUND);
    refused(
        () -> other.createRun(fixture.request(SessionId.parse(run.getSessionId()))),
        Code.NOT_FOUND);
    assertThat(other.listRuns(ListRunsRequest.getDefaultInstance()).getRunsList()).isEmpty();
    CreateRunRequest unqueued =
        fixture.request(SessionId.parse(run.getSessionId())).toBuilder().setQueue("no").build();
    refused(() -> fixture.stub().createRun(unqueued), Code.NOT_FOUND, "queue");
  }

  @Test
  void create_inADeletedSession_isRefusedWithItsState() throws Exception {
    SessionId session = fixture.session();
    berth
        .sql()
        .update(SESSION)
        .set(SESSION.DESIRED, "DELETED")
        .where(SESSION.ID.eq(session))
        .execute();
    refused(() -> fixture.create(session), Code.FAILED_PRECONDITION, "SESSION_STATE", "state");
  }

  @Test
  void aRepeatedRequestId_answersTheFirstOutcome_andIsRefusedForAnotherBody() throws Exception {
    SessionId session = fixture.session();
    CreateRunRequest request = fixture.request(session).toBuilder().setRequestId("once").build();
    Run first = fixture.stub().createRun(request).getRun();
    assertThat(fixture.stub().createRun(request).getRun().getId()).isEqualTo(first.getId());
    refused(
        () -> fixture.stub().createRun(request.toBuilder().setName("other").build()),
        Code.INVALID_ARGUMENT,
        "REQUEST_ID_REUSED");
  }

  @Test
  void aFullQueue_isResourceExhausted_withATimeToRetry() throws Exception {
    QueueId queue = new QueueId(executor.value());
    berth
        .sql()
        .insertInto(QUEUE)
        .set(QUEUE.ID, queue)
        .set(QUEUE.PROJECT_ID, berth.project())
        .set(QUEUE.NAME, "shallow")
        .set(QUEUE.CREATED_BY_KIND, "SYSTEM")
        .set(QUEUE.CREATED_BY_ID, "test")
        .set(QUEUE.MAX_DEPTH, 2)
        .execute();
    CreateRunRequest request =
        fixture.request(fixture.session()).toBuilder().setQueue("shallow").build();
    assertThat(fixture.stub().createRun(request).getRun().getQueueId()).isEqualTo(queue.toString());
    assertThat(
            fixture
                .stub()
                .createRun(request.toBuilder().setQueue(queue.toString()).build())
                .getRun()
                .getQueueId())
        .isEqualTo(queue.toString());
    refused(
        () -> fixture.stub().createRun(request),
        Code.RESOURCE_EXHAUSTED,
        "QUOTA_REACHED",
        "RetryInfo");
    var stub = QueueServiceGrpc.newBlockingStub(berth.channel());
    var shown = stub.getQueue(GetQueueRequest.newBuilder().setQueue("shallow").build()).getQueue();
    assertThat(shown.getWaiting()).isEqualTo(2);
    assertThat(shown.getMaxDepth()).isEqualTo(2);
    assertThat(stub.listQueues(ListQueuesRequest.getDefaultInstance()).getQueuesList())
        .extracting(dev.berth.v1.Queue::getName)
        .contains("default", "shallow");
    refused(
        () -> stub.getQueue(GetQueueRequest.newBuilder().setQueue("none").build()), Code.NOT_FOUND);
  }

  @Test
  void list_isNewestFirst_inPages_byStateSessionAndPrefix() {
    SessionId session = fixture.session();
    List<String> ids =
        java.util.stream.Stream.generate(() -> fixture.create(session).getId()).limit(5).toList();
    ListRunsRequest request =
        ListRunsRequest.newBuilder().setSessionId(session.toString()).setPageSize(2).build();
    var first = fixture.stub().listRuns(request);
    var second =
        fixture.stub().listRuns(request.toBuilder().setPageToken(first.getNextPageToken()).build());
    var third =
        fixture
            .stub()
            .listRuns(request.toBuilder().setPageToken(second.getNextPageToken()).build());
    List<String> seen =
        java.util.stream.Stream.of(first, second, third)
            .flatMap(page -> page.getRunsList().stream())
            .map(Run::getId)
            .toList();
    assertThat(seen).isEqualTo(ids.reversed());
    assertThat(third.getNextPageToken()).isEmpty();
    assertThat(
            fixture
                .stub()
                .listRuns(
                    ListRunsRequest.newBuilder().setIdPrefix(ids.get(3).substring(0, 28)).build())
                .getRunsList())
        .extracting(Run::getId)
        .contains(ids.get(3));
    assertThat(
            fixture
                .stub()
                .listRuns(request.toBuilder().addStates(RunState.RUN_STATE_RUNNING).build())
                .getRunsList())
        .isEmpty();
  }

  @Test
  void cancel_ofARunThatWaits_endsItAtOnce_andTwiceIsASuccess() throws Exception {
    Run run = fixture.create(fixture.session());
    CancelRunRequest cancel = CancelRunRequest.newBuilder().setRunId(run.getId()).build();
    for (int i = 0; i < 2; i++) {
      Run over = fixture.stub().cancelRun(cancel).getRun();
      assertThat(over.getState()).isEqualTo(RunState.RUN_STATE_CANCELED);
      assertThat(over.getEnd().getReason()).isEqualTo(EndReason.END_REASON_CANCELED);
      assertThat(over.getLastSeq()).isEqualTo(2);
    }
    Run claimed = fixture.claimed(executor);
    try (FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(FakeExecutor.started(claimed)).getLastSeq()).isEqualTo(2);
      assertThat(peer.publish(FakeExecutor.succeeded(claimed, 1)).getSettled()).isTrue();
    }
    refused(
        () ->
            fixture
                .stub()
                .cancelRun(CancelRunRequest.newBuilder().setRunId(claimed.getId()).build()),
        Code.FAILED_PRECONDITION,
        "RUN_STATE",
        "SUCCEEDED");
  }

  @Test
  void wait_answersWhenTheRunEnds_orWhenTimeIsUp() throws Exception {
    Run run = fixture.claimed(executor);
    WaitRunRequest brief =
        WaitRunRequest.newBuilder()
            .setRunId(run.getId())
            .setWait(Duration.newBuilder().setNanos(50_000_000))
            .build();
    assertThat(fixture.stub().waitRun(brief).getRun().getState())
        .isEqualTo(RunState.RUN_STATE_STARTING);
    var waiting =
        RunServiceGrpc.newFutureStub(berth.channel())
            .waitRun(WaitRunRequest.newBuilder().setRunId(run.getId()).build());
    try (FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(FakeExecutor.started(run)).getLastSeq()).isEqualTo(2);
      assertThat(peer.publish(FakeExecutor.succeeded(run, 1)).getSettled()).isTrue();
    }
    assertThat(waiting.get().getRun().getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
  }

  @Test
  void aThrowawaySession_isMadeForTheRun_andWishedAwayOnceItHasEnded() throws Exception {
    Run run =
        fixture
            .stub()
            .createRun(
                CreateRunRequest.newBuilder()
                    .setSessionSpec(SessionSpec.getDefaultInstance())
                    .setSpec(RunFixture.echo())
                    .build())
            .getRun();
    assertThat(run.getThrowawaySession()).isTrue();
    SessionId session = SessionId.parse(run.getSessionId());
    fixture.makeReady(session, executor);
    fixture.dispatch();
    Run claimed = fixture.get(run);
    try (FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(FakeExecutor.started(claimed)).getLastSeq()).isEqualTo(2);
      assertThat(peer.publish(FakeExecutor.succeeded(claimed, 1)).getSettled()).isTrue();
    }
    assertThat(
            berth
                .sql()
                .selectFrom(SESSION)
                .where(SESSION.ID.eq(session))
                .fetchSingle()
                .getDesired())
        .isEqualTo("DELETED");
  }

  @Test
  void runsOfADeletedSession_areCancelled_andThoseOfOneThatCannotBeActivatedFail() {
    SessionId session = fixture.readySession(executor);
    Run active = fixture.create(session);
    Run waiting = fixture.create(session);
    fixture.dispatch();
    SettlementService settlement = berth.bean(SettlementService.class);
    boolean open = berth.transactions().call(() -> settlement.cancelAll(session));
    assertThat(open).isTrue();
    assertThat(fixture.get(active).hasCancelRequestTime()).isTrue();
    assertThat(fixture.get(waiting).getEnd().getReason())
        .isEqualTo(EndReason.END_REASON_SESSION_DELETED);
    SessionId broken = fixture.session();
    Run failing = fixture.create(broken);
    berth.transactions().run(() -> settlement.failQueued(broken, "IMAGE_NOT_FOUND: no such image"));
    Run failed = fixture.get(failing);
    assertThat(failed.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
    assertThat(failed.getEnd().getReason()).isEqualTo(EndReason.END_REASON_ACTIVATION_FAILED);
    assertThat(failed.getEnd().getMessage()).contains("no such image");
    assertThat(RunId.parse(failing.getId())).isNotNull();
  }

  @Test
  void greet_adoptsWhatIsTheExecutors_dropsWhatIsNot_andSettlesWhatItForgot() throws Exception {
    Run adopted = fixture.claimed(executor);
    Run forgotten = fixture.claimed(executor);
    try (FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(FakeExecutor.started(adopted)).getLastSeq()).isEqualTo(2);
      assertThat(peer.publish(FakeExecutor.started(forgotten)).getLastSeq()).isEqualTo(2);
    }
    var inventory =
        List.of(
            inventory(adopted.getId(), adopted.getAttemptId()),
            inventory(adopted.getId(), adopted.getAttemptId().replace("att_0", "att_1")));
    var verdicts =
        berth.transactions().call(() -> berth.bean(AttemptLink.class).greet(executor, inventory));
    assertThat(verdicts)
        .extracting(order -> order.getVerdict().name())
        .containsExactly("VERDICT_ADOPT", "VERDICT_DROP");
    assertThat(verdicts.getFirst().getAcked()).isEqualTo(FakeExecutor.at(1));
    assertThat(fixture.get(forgotten).getEnd().getReason())
        .isEqualTo(EndReason.END_REASON_EXECUTOR_LOST);
  }

  private static dev.berth.executor.v1.RunInventory inventory(String run, String attempt) {
    return dev.berth.executor.v1.RunInventory.newBuilder()
        .setRunId(run)
        .setAttemptId(attempt)
        .build();
  }
}
