package dev.berth.controlplane.run;

import static dev.berth.sql.db.Tables.RUN;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.rpc.BadRequest;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.Statuses;
import dev.berth.v1.BatchCreateRunsRequest;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.GetRunRequest;
import dev.berth.v1.ListRunsRequest;
import dev.berth.v1.OnBusy;
import dev.berth.v1.PendingReason;
import dev.berth.v1.QueueKey;
import dev.berth.v1.QueueSpec;
import dev.berth.v1.Run;
import dev.berth.v1.RunEvent;
import dev.berth.v1.RunSpec;
import dev.berth.v1.RunState;
import dev.berth.v1.SessionSpec;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Many runs made in one call. */
final class BatchCreateRunsTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private RunFixture fixture;

  @BeforeEach
  void setUp() {
    fixture = new RunFixture(berth);
    berth
        .sql()
        .execute(
            "update run set state = 'CANCELED', end_time = now(), end_reason = 'CANCELED' where end_time is null");
  }

  private List<String> create(CreateRunRequest... runs) {
    return fixture
        .stub()
        .batchCreateRuns(
            BatchCreateRunsRequest.newBuilder().addAllRuns(Arrays.asList(runs)).build())
        .getRunIdsList();
  }

  private static List<String> fields(StatusRuntimeException refused) {
    return Statuses.detail(refused, BadRequest.class)
        .orElseThrow()
        .getFieldViolationsList()
        .stream()
        .map(BadRequest.FieldViolation::getField)
        .toList();
  }

  private Run get(String id) {
    return fixture.stub().getRun(GetRunRequest.newBuilder().setRunId(id).build()).getRun();
  }

  private long runs() {
    return berth.sql().fetchCount(RUN);
  }

  private CreateRunRequest request(SessionId session, int priority) {
    return fixture.request(session).toBuilder()
        .setSpec(RunFixture.echo().toBuilder().setPriority(priority))
        .build();
  }

  /** Which of the runs have been claimed, in the order of the batch. */
  private List<Integer> started(List<String> ids) {
    return IntStream.range(0, ids.size())
        .filter(i -> get(ids.get(i)).getState() == RunState.RUN_STATE_STARTING)
        .boxed()
        .toList();
  }

  @Test
  void aRunOfABatch_isAsOneMadeAlone() {
    SessionId session = fixture.session();
    CreateRunRequest request =
        CreateRunRequest.newBuilder()
            .setSessionId(session.toString())
            .setName("one")
            .putLabels("team", "\"a\" \\ {b,c}")
            .setCorrelationId("c-1")
            .setSpec(
                RunSpec.newBuilder()
                    .addAllCommand(List.of("sh", "", "NULL", "a b", "{x,\"y\"}", "\\", "ü\n"))
                    .putEnvironment("NAME", "v \"w\"")
                    .setInput(ByteString.copyFrom(new byte[] {0, 1, -1}))
                    .setWorkingDirectory("/workspace/x")
                    .setTimeout(Duration.newBuilder().setSeconds(7).setNanos(5_000))
                    .addArtifacts("dist/**")
                    .setArtifactRetention(Duration.newBuilder().setSeconds(60))
                    .setMaxAttempts(3)
                    .setPriority(5)
                    .setDelay(Duration.newBuilder().setSeconds(3600)))
            .build();
    Run alone = fixture.stub().createRun(request).getRun();
    List<String> ids = create(request, fixture.request(session));
    Run batched = get(ids.getFirst());
    assertThat(batched.getSpec().getCommandList()).isEqualTo(request.getSpec().getCommandList());
    assertThat(
            batched.toBuilder()
                .clearId()
                .clearLineage()
                .clearCreateTime()
                .clearUpdateTime()
                .setSpec(batched.getSpec().toBuilder().clearNotBefore())
                .clearPendingMessage()
                .build())
        .isEqualTo(
            alone.toBuilder()
                .clearId()
                .clearLineage()
                .clearCreateTime()
                .clearUpdateTime()
                .setSpec(alone.getSpec().toBuilder().clearNotBefore())
                .clearPendingMessage()
                .build());
    assertThat(batched.getLineage().getRootId()).isEqualTo(batched.getId());
    assertThat(ids).isSorted();
  }

  @Test
  void theFirstEventOfARun_saysThatItWasMade_andByWhom() {
    SessionId session = fixture.session();
    for (String id : create(fixture.request(session), fixture.request(session))) {
      Run run = get(id);
      List<RunEvent> events = fixture.events(run);
      assertThat(run.getLastSeq()).isEqualTo(1);
      assertThat(events).extracting(RunEvent::getType).containsExactly("run.created");
      assertThat(events.getFirst().getRunCreated().getQueueId()).isEqualTo(run.getQueueId());
      assertThat(events.getFirst().getRunCreated().getSessionId()).isEqualTo(run.getSessionId());
      assertThat(events.getFirst().getActor().getId()).isEqualTo(run.getCreatedBy().getId());
    }
  }

  @Test
  void ofEachSession_theFirstOfTheHighestPriorityStarts_andTheOthersBehindIt() {
    var executor = fixture.executor();
    SessionId one = fixture.readySession(executor);
    SessionId two = fixture.readySession(executor);
    List<String> ids =
        create(request(one, 0), request(one, 5), request(two, 0), request(one, 5), request(two, 0));
    fixture.dispatch();
    assertThat(started(ids)).containsExactly(1, 2);
  }

  @Test
  void aBatch_passesWhatWaitsWithALowerPriority_andNotWhatIsUnderWay() {
    var executor = fixture.executor();
    SessionId busy = fixture.readySession(executor);
    SessionId waiting = fixture.readySession(executor);
    Run active = fixture.create(busy);
    fixture.dispatch();
    Run before = fixture.create(waiting);
    List<String> ids = create(request(busy, 9), request(waiting, 9));
    fixture.dispatch();
    assertThat(started(ids)).containsExactly(1);
    assertThat(fixture.get(active).getState()).isEqualTo(RunState.RUN_STATE_STARTING);
    assertThat(fixture.get(before).getState()).isEqualTo(RunState.RUN_STATE_QUEUED);
  }

  @Test
  void aRunWithATime_letsTheOthersOfItsBatchGoFirst() {
    SessionId session = fixture.readySession(fixture.executor());
    CreateRunRequest.Builder later = request(session, 9).toBuilder();
    later.getSpecBuilder().setDelay(Duration.newBuilder().setSeconds(600));
    Run before = fixture.create(session);
    List<String> ids = create(later.build(), request(session, 0));
    assertThat(get(ids.getFirst()).getPendingReason())
        .isEqualTo(PendingReason.PENDING_REASON_NOT_BEFORE);
    fixture.dispatch();
    assertThat(fixture.get(before).getState()).isEqualTo(RunState.RUN_STATE_STARTING);
    assertThat(started(ids)).isEmpty();
  }

  @Test
  void aBoundedQueue_admitsOfABatchAsManyAsItHasRoomFor() {
    var executor = fixture.executor();
    fixture.queue(
        "narrow",
        QueueSpec.newBuilder()
            .setMaxConcurrency(2)
            .setKey(QueueKey.newBuilder().setField(QueueKey.Field.FIELD_LABEL).setLabel("tenant"))
            .build());
    List<CreateRunRequest> runs = new ArrayList<>();
    for (String tenant : List.of("a", "a", "a", "b")) {
      runs.add(
          fixture.request(fixture.readySession(executor)).toBuilder()
              .setQueue("narrow")
              .putLabels("tenant", tenant)
              .build());
    }
    List<String> ids = create(runs.toArray(CreateRunRequest[]::new));
    assertThat(awake(ids)).isEmpty();
    fixture.dispatch();
    assertThat(awake(ids)).isEmpty();
    assertThat(started(ids)).containsExactly(0, 3);
  }

  private List<Integer> awake(List<String> ids) {
    return IntStream.range(0, ids.size())
        .filter(
            i -> berth.sql().fetchExists(RUN, RUN.ID.eq(RunId.parse(ids.get(i))).and(RUN.ADMITTED)))
        .boxed()
        .toList();
  }

  @Test
  void theDepthOfAQueue_holdsForTheWholeBatch() {
    SessionId session = fixture.session();
    fixture.queue("shallow", QueueSpec.newBuilder().setMaxDepth(3).build());
    CreateRunRequest run = fixture.request(session).toBuilder().setQueue("shallow").build();
    assertThat(create(run, run)).hasSize(2);
    long before = runs();
    Statuses.refused(ErrorReason.QUOTA_REACHED, () -> create(run, fixture.request(session), run));
    assertThat(runs()).isEqualTo(before);
    assertThat(create(run, fixture.request(session))).hasSize(2);
    Statuses.refused(ErrorReason.QUOTA_REACHED, () -> create(run));
  }

  @Test
  void oneThatIsRefused_refusesAll_andIsNamed() {
    SessionId session = fixture.session();
    CreateRunRequest good = fixture.request(session);
    long before = runs();
    var noCommand = good.toBuilder().setSpec(RunSpec.getDefaultInstance()).build();
    var refused = Statuses.refused(ErrorReason.FIELD_INVALID, () -> create(good, noCommand));
    assertThat(fields(refused)).containsExactly("runs[1].spec.command");
    var tooHigh = good.toBuilder();
    tooHigh.getSpecBuilder().setPriority(5000);
    refused =
        Statuses.refused(ErrorReason.FIELD_INVALID, () -> create(good, good, tooHigh.build()));
    assertThat(fields(refused)).containsExactly("runs[2].spec.priority");
    var requestId = good.toBuilder().setRequestId("mine").build();
    refused = Statuses.refused(ErrorReason.FIELD_INVALID, () -> create(requestId));
    assertThat(fields(refused)).containsExactly("runs[0].request_id");
    var elsewhere = good.toBuilder().setSessionId("ses_00000000000000000000000001").build();
    Statuses.refused(ErrorReason.RESOURCE_NOT_FOUND, () -> create(good, elsewhere));
    Statuses.refused(ErrorReason.FIELD_INVALID, () -> create());
    CreateRunRequest[] many = new CreateRunRequest[1001];
    Arrays.fill(many, good);
    Statuses.refused(ErrorReason.FIELD_INVALID, () -> create(many));
    assertThat(runs()).isEqualTo(before);
  }

  @Test
  void onBusy_looksAtTheRunsBeforeTheBatch_andNotAtEachOther() {
    SessionId session = fixture.session();
    var reject = fixture.request(session).toBuilder().setOnBusy(OnBusy.ON_BUSY_REJECT).build();
    List<String> first = create(reject, reject);
    Statuses.refused(ErrorReason.RUN_ACTIVE, () -> create(reject));
    var interrupt = reject.toBuilder().setOnBusy(OnBusy.ON_BUSY_INTERRUPT).build();
    List<String> second = create(interrupt, fixture.request(session), interrupt);
    assertThat(first).allMatch(id -> get(id).getState() == RunState.RUN_STATE_CANCELED);
    assertThat(second).allMatch(id -> get(id).getState() == RunState.RUN_STATE_QUEUED);
  }

  @Test
  void aRepeatedRequest_isAnsweredWithTheSameRuns() {
    SessionId session = fixture.session();
    var request =
        BatchCreateRunsRequest.newBuilder()
            .setRequestId("batch-" + session)
            .addRuns(fixture.request(session))
            .addRuns(fixture.request(session))
            .build();
    long before = runs();
    var first = fixture.stub().batchCreateRuns(request);
    assertThat(fixture.stub().batchCreateRuns(request)).isEqualTo(first);
    assertThat(runs()).isEqualTo(before + 2);
    Statuses.refused(
        ErrorReason.REQUEST_ID_REUSED,
        () -> fixture.stub().batchCreateRuns(request.toBuilder().removeRuns(0).build()));
  }

  @Test
  void aThousandRuns_ofSessionsMadeForThem_areWokenAndInTheirOrder() {
    var run =
        CreateRunRequest.newBuilder()
            .setSessionSpec(SessionSpec.getDefaultInstance())
            .setSpec(RunFixture.echo())
            .build();
    CreateRunRequest[] runs = new CreateRunRequest[20];
    Arrays.fill(runs, run);
    List<String> ids = create(runs);
    assertThat(ids).hasSize(20).isSorted();
    assertThat(ids).allMatch(id -> get(id).getThrowawaySession());
    assertThat(ids.stream().map(id -> get(id).getSessionId()).distinct()).hasSize(20);
    assertThat(awake(ids)).hasSize(20);
    CreateRunRequest[] many = new CreateRunRequest[1000];
    Arrays.fill(
        many,
        fixture.request(fixture.session()).toBuilder().putAllLabels(Map.of("bulk", "yes")).build());
    create(many);
    assertThat(
            fixture
                .stub()
                .listRuns(
                    ListRunsRequest.newBuilder().setPageSize(1000).putLabels("bulk", "yes").build())
                .getRunsList())
        .hasSize(1000);
  }
}
