package dev.berth.controlplane.run;

import static dev.berth.sql.db.Tables.QUEUE;
import static dev.berth.sql.db.Tables.QUEUE_TURN;
import static dev.berth.sql.db.Tables.RUN;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import com.google.protobuf.FieldMask;
import com.google.rpc.BadRequest;
import dev.berth.common.Id.QueueId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.Statuses;
import dev.berth.v1.BatchCreateRunsRequest;
import dev.berth.v1.CancelRunRequest;
import dev.berth.v1.DeleteQueueRequest;
import dev.berth.v1.DeleteQueueResponse;
import dev.berth.v1.GetRunRequest;
import dev.berth.v1.Queue;
import dev.berth.v1.QueueSpec;
import dev.berth.v1.RetryPolicy;
import dev.berth.v1.Run;
import dev.berth.v1.RunSpec;
import dev.berth.v1.UpdateQueueRequest;
import io.grpc.StatusRuntimeException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a queue says for runs that say nothing themselves. */
final class RunDefaultsTest {
  private static final RetryPolicy PATIENT =
      RetryPolicy.newBuilder()
          .setBackoff(RetryPolicy.Backoff.BACKOFF_EXPONENTIAL)
          .setDelay(seconds(20))
          .setMaxDelay(seconds(600))
          .addReasons(dev.berth.v1.EndReason.END_REASON_EXIT_CODE)
          .build();
  private static final QueueSpec SPEC =
      QueueSpec.newBuilder()
          .setMaxAttempts(4)
          .setRetry(PATIENT)
          .setRunRetention(seconds(3600))
          .build();

  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final RunFixture fixture = new RunFixture(berth);
  private String name;
  private SessionId session;

  @BeforeEach
  void setUp(TestInfo test) {
    name = "q" + Math.abs(test.getDisplayName().hashCode());
    session = fixture.session();
  }

  private static Duration seconds(long seconds) {
    return Duration.newBuilder().setSeconds(seconds).build();
  }

  private Run create(RunSpec.Builder spec) {
    return fixture
        .stub()
        .createRun(fixture.request(session).toBuilder().setQueue(name).setSpec(spec).build())
        .getRun();
  }

  private static RunSpec.Builder echo() {
    return RunFixture.echo().toBuilder();
  }

  private void end(Run run) {
    Run over =
        fixture
            .stub()
            .cancelRun(CancelRunRequest.newBuilder().setRunId(run.getId()).build())
            .getRun();
    assertThat(over.hasEnd()).isTrue();
  }

  @Test
  void aRunThatSaysNothing_getsWhatItsQueueSays_aloneAndInABatch() {
    assertThat(fixture.queue(name, SPEC).getSpec()).isEqualTo(SPEC);
    Run alone = create(echo());
    String batched =
        fixture
            .stub()
            .batchCreateRuns(
                BatchCreateRunsRequest.newBuilder()
                    .addRuns(fixture.request(session).toBuilder().setQueue(name))
                    .build())
            .getRunIds(0);
    for (String id : new String[] {alone.getId(), batched}) {
      RunSpec spec =
          fixture.stub().getRun(GetRunRequest.newBuilder().setRunId(id).build()).getRun().getSpec();
      assertThat(spec.getMaxAttempts()).isEqualTo(4);
      assertThat(spec.getRetry()).isEqualTo(PATIENT);
      assertThat(spec.getRetention()).isEqualTo(seconds(3600));
    }
  }

  @Test
  void whatARunSaysItself_isLeftAsItIs() {
    fixture.queue(name, SPEC);
    RetryPolicy own =
        RetryPolicy.newBuilder()
            .setBackoff(RetryPolicy.Backoff.BACKOFF_FIXED)
            .setDelay(seconds(1))
            .addReasons(dev.berth.v1.EndReason.END_REASON_TIMEOUT)
            .build();
    RunSpec spec =
        create(echo().setMaxAttempts(1).setRetry(own).setRetention(seconds(5))).getSpec();
    assertThat(spec.getMaxAttempts()).isEqualTo(1);
    assertThat(spec.getRetry()).isEqualTo(own);
    assertThat(spec.getRetention()).isEqualTo(seconds(5));
  }

  @Test
  void aChangeOfTheQueue_isOfNoConsequenceToRunsThatAreThere() {
    Queue queue = fixture.queue(name, SPEC);
    Run before = create(echo());
    var changed =
        fixture
            .queues()
            .updateQueue(
                UpdateQueueRequest.newBuilder()
                    .setQueue(name)
                    .setSpec(QueueSpec.newBuilder().setMaxAttempts(2))
                    .setUpdateMask(
                        FieldMask.newBuilder()
                            .addPaths("spec.max_attempts")
                            .addPaths("spec.retry")
                            .addPaths("spec.run_retention"))
                    .build())
            .getQueue();
    assertThat(changed.getSpec()).isEqualTo(QueueSpec.newBuilder().setMaxAttempts(2).build());
    assertThat(changed.getEtag()).isNotEqualTo(queue.getEtag());
    assertThat(fixture.get(before).getSpec()).isEqualTo(before.getSpec());
    RunSpec after = create(echo()).getSpec();
    assertThat(after.getMaxAttempts()).isEqualTo(2);
    assertThat(after.getRetry().getDelay()).isEqualTo(seconds(1));
    assertThat(after.hasRetention()).isFalse();
  }

  @Test
  void anEndAfterWhichNothingCanFollow_isRefusedByItsField() {
    var never =
        RetryPolicy.newBuilder().addReasons(dev.berth.v1.EndReason.END_REASON_CANCELED).build();
    StatusRuntimeException refused =
        Statuses.refused(
            ErrorReason.FIELD_INVALID,
            () -> fixture.queue(name, QueueSpec.newBuilder().setRetry(never).build()));
    assertThat(
            Statuses.detail(refused, BadRequest.class)
                .orElseThrow()
                .getFieldViolations(0)
                .getField())
        .isEqualTo("spec.retry.reasons[0]");
  }

  @Test
  void aRunIsRemoved_onceItsOwnRetentionIsOver_andNoSooner() {
    fixture.queue(name, SPEC);
    Run brief = create(echo());
    Run usual = fixture.create(session);
    Run kept = create(echo().setRetention(seconds(40L * 86_400)));
    for (Run run : new Run[] {brief, usual, kept}) {
      end(run);
    }
    aged("61 minutes");
    assertThat(remaining(brief, usual, kept)).containsExactly(usual.getId(), kept.getId());
    aged("31 days");
    assertThat(remaining(brief, usual, kept)).containsExactly(kept.getId());
    aged("10 days");
    assertThat(remaining(brief, usual, kept)).isEmpty();
  }

  private static void aged(String time) {
    int ended =
        berth
            .sql()
            .execute(
                "update run set end_time = end_time - ?::interval where end_time is not null",
                time);
    assertThat(ended).isPositive();
    berth.bean(RunRetention.class).runOnce();
  }

  private static List<String> remaining(Run... runs) {
    return Arrays.stream(runs)
        .map(Run::getId)
        .filter(id -> berth.sql().fetchExists(RUN, RUN.ID.eq(RunId.parse(id))))
        .toList();
  }

  @Test
  void whatIsLeftOfADeletedQueue_goesWithTheLastOfItsRuns() {
    Queue queue = fixture.queue(name, SPEC);
    QueueId id = QueueId.parse(queue.getId());
    end(create(echo()));
    assertThat(fixture.queues().deleteQueue(DeleteQueueRequest.newBuilder().setQueue(name).build()))
        .isEqualTo(DeleteQueueResponse.getDefaultInstance());
    Queue second = fixture.queue(name, SPEC);
    berth.bean(RunRetention.class).runOnce();
    assertThat(berth.sql().fetchExists(QUEUE, QUEUE.ID.eq(id))).isTrue();
    aged("2 hours");
    assertThat(berth.sql().fetchExists(QUEUE, QUEUE.ID.eq(id))).isFalse();
    assertThat(berth.sql().fetchExists(QUEUE_TURN, QUEUE_TURN.QUEUE_ID.eq(id))).isFalse();
    assertThat(berth.sql().fetchExists(QUEUE, QUEUE.ID.eq(QueueId.parse(second.getId())))).isTrue();
  }
}
