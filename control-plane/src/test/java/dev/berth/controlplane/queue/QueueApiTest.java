package dev.berth.controlplane.queue;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import com.google.protobuf.FieldMask;
import com.google.rpc.RetryInfo;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.Statuses;
import dev.berth.v1.CancelRunRequest;
import dev.berth.v1.CreateQueueRequest;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.DeleteQueueRequest;
import dev.berth.v1.EventServiceGrpc;
import dev.berth.v1.GetQueueRequest;
import dev.berth.v1.GetQueueStatsRequest;
import dev.berth.v1.ListEventsRequest;
import dev.berth.v1.ListQueuesRequest;
import dev.berth.v1.PauseQueueRequest;
import dev.berth.v1.Queue;
import dev.berth.v1.QueueKey;
import dev.berth.v1.QueueServiceGrpc;
import dev.berth.v1.QueueServiceGrpc.QueueServiceBlockingStub;
import dev.berth.v1.QueueSpec;
import dev.berth.v1.QueueStats;
import dev.berth.v1.RateLimit;
import dev.berth.v1.ResumeQueueRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.RunSpec;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.UpdateQueueRequest;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Queues as resources. */
final class QueueApiTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private QueueServiceBlockingStub queues;
  private String name;

  @BeforeEach
  void setUp(TestInfo test) {
    queues = QueueServiceGrpc.newBlockingStub(berth.channel());
    name = "q" + Math.abs(test.getDisplayName().hashCode());
  }

  private Queue create(QueueSpec spec) {
    return queues
        .createQueue(
            CreateQueueRequest.newBuilder()
                .setName(name)
                .putLabels("team", "a")
                .setSpec(spec)
                .build())
        .getQueue();
  }

  private Queue get() {
    return queues.getQueue(GetQueueRequest.newBuilder().setQueue(name).build()).getQueue();
  }

  private QueueStats stats() {
    return queues
        .getQueueStats(GetQueueStatsRequest.newBuilder().setQueue(name).build())
        .getStats();
  }

  private UpdateQueueRequest update(QueueSpec spec, String... paths) {
    return UpdateQueueRequest.newBuilder()
        .setQueue(name)
        .setSpec(spec)
        .setUpdateMask(FieldMask.newBuilder().addAllPaths(List.of(paths)))
        .build();
  }

  private Run run(RunSpec.Builder spec) {
    return RunServiceGrpc.newBlockingStub(berth.channel())
        .createRun(
            CreateRunRequest.newBuilder()
                .setQueue(name)
                .putLabels("tenant", "t")
                .setSessionSpec(SessionSpec.getDefaultInstance())
                .setSpec(spec.addCommand("true"))
                .build())
        .getRun();
  }

  private void cancel(Run run) {
    var canceled =
        RunServiceGrpc.newBlockingStub(berth.channel())
            .cancelRun(CancelRunRequest.newBuilder().setRunId(run.getId()).build());
    assertThat(canceled.getRun().hasEnd()).isTrue();
  }

  @Test
  void aQueue_isAsItWasAskedFor_andItsNameIsTakenOnce() {
    QueueSpec spec =
        QueueSpec.newBuilder()
            .setMaxConcurrency(5)
            .setMaxDepth(100)
            .setKey(QueueKey.newBuilder().setField(QueueKey.Field.FIELD_LABEL).setLabel("tenant"))
            .setMaxConcurrencyPerKey(2)
            .setRate(
                RateLimit.newBuilder().setTokens(10).setPeriod(Duration.newBuilder().setSeconds(5)))
            .setRatePerKey(
                RateLimit.newBuilder().setTokens(3).setPeriod(Duration.newBuilder().setSeconds(60)))
            .build();
    Queue made = create(spec);
    assertThat(made.getId()).startsWith("que_");
    assertThat(made.getSpec()).isEqualTo(spec);
    assertThat(made.getLabelsMap()).containsEntry("team", "a");
    assertThat(get()).isEqualTo(made);
    assertThat(
            queues.listQueues(ListQueuesRequest.getDefaultInstance()).getQueuesList().stream()
                .map(Queue::getName))
        .contains("default", name);
    Statuses.refused(ErrorReason.NAME_TAKEN, () -> create(spec));
  }

  @Test
  void limitsOfAKey_needAKey_andALabelIsNamedWhereItIsTheKey() {
    Statuses.refused(
        ErrorReason.FIELD_INVALID,
        () -> create(QueueSpec.newBuilder().setMaxConcurrencyPerKey(1).build()));
    Statuses.refused(
        ErrorReason.FIELD_INVALID,
        () ->
            create(
                QueueSpec.newBuilder()
                    .setKey(QueueKey.newBuilder().setField(QueueKey.Field.FIELD_LABEL))
                    .build()));
  }

  @Test
  void anUpdate_changesWhatItNames_andAnOldEtagChangesNothing() {
    Queue made = create(QueueSpec.newBuilder().setMaxConcurrency(5).setMaxDepth(7).build());
    Queue changed =
        queues
            .updateQueue(
                update(QueueSpec.newBuilder().setMaxDepth(9).build(), "spec.max_depth").toBuilder()
                    .setEtag(made.getEtag())
                    .build())
            .getQueue();
    assertThat(changed.getSpec().getMaxConcurrency()).isEqualTo(5);
    assertThat(changed.getSpec().getMaxDepth()).isEqualTo(9);
    assertThat(changed.getLabelsMap()).containsEntry("team", "a");
    Statuses.refused(
        ErrorReason.ETAG_STALE,
        () ->
            queues.updateQueue(
                update(QueueSpec.getDefaultInstance(), "spec").toBuilder()
                    .setEtag(made.getEtag())
                    .build()));
    Statuses.refused(
        ErrorReason.FIELD_INVALID,
        () -> queues.updateQueue(update(QueueSpec.getDefaultInstance(), "name")));
    assertThat(
            queues.updateQueue(update(QueueSpec.getDefaultInstance(), "spec")).getQueue().getSpec())
        .isEqualTo(QueueSpec.getDefaultInstance());
  }

  @Test
  void aQueueInUse_keepsItsKey_andIsNotDeleted() {
    create(QueueSpec.getDefaultInstance());
    Run run = run(RunSpec.newBuilder());
    QueueSpec keyed =
        QueueSpec.newBuilder()
            .setKey(QueueKey.newBuilder().setField(QueueKey.Field.FIELD_SESSION))
            .build();
    var delete = DeleteQueueRequest.newBuilder().setQueue(name).build();
    var refused =
        Statuses.refused(ErrorReason.QUEUE_IN_USE, () -> queues.updateQueue(update(keyed, "spec")));
    assertThat(Statuses.info(refused).orElseThrow().getMetadataMap()).containsEntry("waiting", "1");
    Statuses.refused(ErrorReason.QUEUE_IN_USE, () -> queues.deleteQueue(delete));
    cancel(run);
    assertThat(queues.updateQueue(update(keyed, "spec")).getQueue().getSpec()).isEqualTo(keyed);
    assertThat(queues.deleteQueue(delete).isInitialized()).isTrue();
    Statuses.refused(ErrorReason.RESOURCE_NOT_FOUND, this::get);
    Statuses.refused(ErrorReason.RESOURCE_NOT_FOUND, () -> run(RunSpec.newBuilder()));
    assertThat(create(keyed).getId()).as("the name is free").startsWith("que_");
  }

  @Test
  void theDefaultQueue_cannotBeDeleted() {
    Statuses.refused(
        ErrorReason.QUEUE_PERMANENT,
        () -> queues.deleteQueue(DeleteQueueRequest.newBuilder().setQueue("default").build()));
  }

  @Test
  void pausingTwice_isPausingOnce_andBothAreInTheFeed() {
    Queue made = create(QueueSpec.getDefaultInstance());
    var pause = PauseQueueRequest.newBuilder().setQueue(name).build();
    Queue paused = queues.pauseQueue(pause).getQueue();
    assertThat(paused.getPaused()).isTrue();
    assertThat(queues.pauseQueue(pause).getQueue().getEtag()).isEqualTo(paused.getEtag());
    assertThat(
            queues
                .resumeQueue(ResumeQueueRequest.newBuilder().setQueue(name).build())
                .getQueue()
                .getPaused())
        .isFalse();
    assertThat(
            EventServiceGrpc.newBlockingStub(berth.channel())
                .listEvents(ListEventsRequest.newBuilder().setPageSize(1000).build())
                .getEventsList()
                .stream()
                .filter(event -> event.getResourceId().equals(made.getId()))
                .map(dev.berth.v1.Event::getType))
        .containsExactly("queue.created", "queue.paused", "queue.resumed");
  }

  @Test
  void aFullQueue_refuses_andSaysWhenToTryAgain() {
    create(QueueSpec.newBuilder().setMaxDepth(2).build());
    Run first = run(RunSpec.newBuilder());
    run(RunSpec.newBuilder());
    var refused = Statuses.refused(ErrorReason.QUOTA_REACHED, () -> run(RunSpec.newBuilder()));
    assertThat(Statuses.detail(refused, RetryInfo.class)).isPresent();
    assertThat(Statuses.info(refused).orElseThrow().getMetadataMap()).containsEntry("queue", name);
    cancel(first);
    assertThat(run(RunSpec.newBuilder()).getId()).startsWith("run_");
  }

  @Test
  void stats_countWhatIsThere() {
    create(
        QueueSpec.newBuilder()
            .setKey(QueueKey.newBuilder().setField(QueueKey.Field.FIELD_LABEL).setLabel("tenant"))
            .build());
    assertThat(stats()).isEqualTo(QueueStats.getDefaultInstance());
    Run oldest = run(RunSpec.newBuilder());
    run(RunSpec.newBuilder());
    run(RunSpec.newBuilder().setDelay(Duration.newBuilder().setSeconds(600)));
    cancel(run(RunSpec.newBuilder()));
    QueueStats stats = stats();
    assertThat(stats.getWaiting()).isEqualTo(3);
    assertThat(stats.getDelayed()).isEqualTo(1);
    assertThat(stats.getActive()).isZero();
    assertThat(stats.getEndedLastMinute()).isEqualTo(1);
    assertThat(stats.getFailedLastMinute()).isEqualTo(1);
    assertThat(stats.getOldestWaitingTime()).isEqualTo(oldest.getCreateTime());
    assertThat(stats.getKeysList())
        .singleElement()
        .satisfies(key -> {
          assertThat(key.getKey()).isEqualTo("t");
          assertThat(key.getWaiting()).isEqualTo(3);
        });
  }
}
