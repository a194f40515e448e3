package dev.berth.controlplane.run;

import static dev.berth.sql.db.Tables.RUN;
import static dev.berth.sql.db.Tables.SESSION;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.QueueId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.worker.SessionReconciler;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.PauseQueueRequest;
import dev.berth.v1.PendingReason;
import dev.berth.v1.Queue;
import dev.berth.v1.QueueKey;
import dev.berth.v1.QueueSpec;
import dev.berth.v1.RateLimit;
import dev.berth.v1.ResumeQueueRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunSpec;
import dev.berth.v1.SessionSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What bounds a queue, and the order in which its runs start. */
final class QueueLimitsTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private static final QueueKey TENANT =
      QueueKey.newBuilder().setField(QueueKey.Field.FIELD_LABEL).setLabel("tenant").build();

  private RunFixture fixture;
  private ExecutorId executor;
  private String name;

  @BeforeEach
  void setUp(TestInfo test) {
    fixture = new RunFixture(berth);
    executor = fixture.executor();
    name = "q" + Math.abs(test.getDisplayName().hashCode());
  }

  /** Runs of one test are nothing to the next. */
  @AfterEach
  void endAll() {
    berth
        .sql()
        .execute(
            "update run set state = 'CANCELED', end_time = now(), end_reason = 'CANCELED' where end_time is null");
  }

  private Queue queue(QueueSpec.Builder spec) {
    return fixture.queue(name, spec.build());
  }

  private Run run(String tenant, int priority) {
    return run(fixture.readySession(executor), tenant, priority);
  }

  private Run run(SessionId session, String tenant, int priority) {
    return fixture
        .stub()
        .createRun(
            fixture.request(session).toBuilder()
                .setQueue(name)
                .putLabels("tenant", tenant)
                .setSpec(RunFixture.echo().toBuilder().setPriority(priority))
                .build())
        .getRun();
  }

  private boolean started(Run run) {
    return berth
        .sql()
        .fetchSingle(RUN, RUN.ID.eq(RunFixture.id(run)))
        .getState()
        .equals("STARTING");
  }

  private List<Integer> started(List<Run> runs) {
    List<Integer> started = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      if (started(runs.get(i))) {
        started.add(i);
      }
    }
    return started;
  }

  private void end(Run run) {
    assertThat(
            berth
                .bean(SettlementService.class)
                .settleLost(
                    RunFixture.id(run),
                    dev.berth.common.Id.AttemptId.parse(fixture.get(run).getAttemptId()),
                    EndReason.WORKER_LOST,
                    "over"))
        .isTrue();
  }

  private void assertPending(Run run, PendingReason reason, String sentence) {
    Run now = fixture.get(run);
    assertThat(now.getPendingReason()).as(now.getPendingMessage()).isEqualTo(reason);
    assertThat(now.getPendingMessage()).contains(sentence);
  }

  @Test
  void ofAQueueWithALimit_soManyStart_andTheNextOnceOneHasEnded() {
    queue(QueueSpec.newBuilder().setMaxConcurrency(2));
    List<Run> runs = List.of(run("a", 0), run("a", 0), run("a", 0));
    fixture.dispatch();
    assertThat(started(runs)).containsExactly(0, 1);
    assertPending(
        runs.get(2),
        PendingReason.PENDING_REASON_QUEUE_LIMIT,
        "2 of the 2 runs that may be under way of the queue " + name + " are.");
    end(runs.getFirst());
    fixture.dispatch();
    assertThat(started(runs)).containsExactly(1, 2);
  }

  @Test
  void ofOneKey_soManyStart_andOthersGoBeside() {
    queue(QueueSpec.newBuilder().setKey(TENANT).setMaxConcurrencyPerKey(1));
    List<Run> runs = List.of(run("a", 0), run("a", 0), run("b", 0));
    fixture.dispatch();
    assertThat(started(runs)).containsExactly(0, 2);
    assertPending(runs.get(1), PendingReason.PENDING_REASON_KEY_LIMIT, "the key 'a'");
  }

  @Test
  void keysTakeTurns_howeverManyRunsOneHas() {
    queue(QueueSpec.newBuilder().setKey(TENANT).setMaxConcurrency(1));
    List<Run> runs =
        List.of(run("a", 0), run("a", 0), run("a", 0), run("b", 0), run("b", 0), run("c", 0));
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      fixture.dispatch();
      List<Integer> now = started(runs);
      assertThat(now).hasSize(1);
      order.addAll(now);
      end(runs.get(now.getFirst()));
    }
    assertThat(order).containsExactly(0, 3, 5, 1, 4, 2);
  }

  @Test
  void aHigherPriority_goesFirst_thenTheOlder() {
    queue(QueueSpec.newBuilder().setMaxConcurrency(1));
    List<Run> runs = List.of(run("a", 0), run("a", 5), run("a", -5), run("a", 5));
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      fixture.dispatch();
      order.addAll(started(runs));
      end(runs.get(order.getLast()));
    }
    assertThat(order).containsExactly(1, 3, 0, 2);
  }

  @Test
  void inASession_aHigherPriorityGoesFirst_andOneRunAtATime() {
    SessionId session = fixture.readySession(executor);
    fixture.queue(name, QueueSpec.getDefaultInstance());
    List<Run> runs = List.of(run(session, "a", 0), run(session, "a", 0), run(session, "a", 7));
    assertPending(runs.get(0), PendingReason.PENDING_REASON_SESSION_BUSY, runs.get(2).getId());
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      fixture.dispatch();
      order.addAll(started(runs));
      assertThat(order).hasSize(i + 1);
      end(runs.get(order.getLast()));
    }
    assertThat(order).containsExactly(2, 0, 1);
  }

  @Test
  void ofARate_soManyStartWithinThePeriod_andSoManyOfEachKey() {
    queue(
        QueueSpec.newBuilder().setKey(TENANT).setRate(rate(3, 3600)).setRatePerKey(rate(2, 3600)));
    List<Run> runs = List.of(run("a", 0), run("a", 0), run("a", 0), run("b", 0), run("b", 0));
    fixture.dispatch();
    assertThat(started(runs)).hasSize(3).contains(0, 3).doesNotContain(2);
    started(runs).forEach(i -> end(runs.get(i)));
    fixture.dispatch();
    assertThat(started(runs)).as("an end gives no start back").isEmpty();
    assertPending(
        runs.get(4),
        PendingReason.PENDING_REASON_QUEUE_LIMIT,
        "3 of the 3 runs that may start of the queue " + name + " within 1h have started");
    berth.sql().execute("update queue_start set time = time - interval '61 minutes'");
    fixture.dispatch();
    assertThat(started(runs)).hasSize(2).contains(2);
  }

  private static RateLimit rate(int tokens, int seconds) {
    return RateLimit.newBuilder()
        .setTokens(tokens)
        .setPeriod(Duration.newBuilder().setSeconds(seconds))
        .build();
  }

  @Test
  void ofAPausedQueue_noneStarts_andResumedItGoesOn() {
    fixture.queue(name, QueueSpec.getDefaultInstance());
    var paused = fixture.queues().pauseQueue(PauseQueueRequest.newBuilder().setQueue(name).build());
    assertThat(paused.getQueue().getPaused()).isTrue();
    Run run = run("a", 0);
    fixture.dispatch();
    assertThat(started(run)).isFalse();
    assertPending(run, PendingReason.PENDING_REASON_PAUSED, "The queue " + name + " is paused.");
    var resumed =
        fixture.queues().resumeQueue(ResumeQueueRequest.newBuilder().setQueue(name).build());
    assertThat(resumed.getQueue().getPaused()).isFalse();
    fixture.dispatch();
    assertThat(started(run)).isTrue();
  }

  @Test
  void aRunWithATime_letsOthersOfItsSessionGoBefore_andStartsThen() {
    fixture.queue(name, QueueSpec.getDefaultInstance());
    SessionId session = fixture.readySession(executor);
    Run later =
        fixture
            .stub()
            .createRun(
                fixture.request(session).toBuilder()
                    .setQueue(name)
                    .setSpec(
                        RunFixture.echo().toBuilder()
                            .setDelay(Duration.newBuilder().setSeconds(3600)))
                    .build())
            .getRun();
    assertThat(later.getSpec().getNotBefore().getSeconds() - later.getCreateTime().getSeconds())
        .isBetween(3595L, 3605L);
    assertPending(later, PendingReason.PENDING_REASON_NOT_BEFORE, "not to start before");
    Run now = run(session, "a", 0);
    fixture.dispatch();
    assertThat(started(now)).isTrue();
    end(now);
    fixture.dispatch();
    assertThat(started(later)).isFalse();
    berth
        .sql()
        .execute("update run set not_before = now() where id = ?", RunFixture.id(later).value());
    berth.bean(Waking.class).runOnce();
    fixture.dispatch();
    assertThat(started(later)).isTrue();
  }

  @Test
  void onlySessionsThatMayStart_areWoken_andInTurn() {
    Queue queue = queue(QueueSpec.newBuilder().setKey(TENANT).setMaxConcurrency(2));
    for (String tenant : List.of("a", "a", "a", "b")) {
      throwaway(tenant);
    }
    fixture.dispatch();
    assertThat(awake(queue)).containsExactlyInAnyOrderEntriesOf(Map.of("a", 1, "b", 1));
    fixture.dispatch();
    assertThat(awake(queue)).hasSize(2);
  }

  @Test
  void aSessionThatNoExecutorTakes_keepsNoRoomFromOthers() {
    Queue queue = queue(QueueSpec.newBuilder().setKey(TENANT).setMaxConcurrency(1));
    throwaway("a");
    fixture.dispatch();
    assertThat(awake(queue)).containsOnlyKeys("a");
    berth.sql().execute("update session set state_reason = 'NO_EXECUTOR' where throwaway");
    Run placeable = run("b", 0);
    fixture.dispatch();
    assertThat(started(placeable)).isTrue();
  }

  @Test
  void sessionsThatFindNoPlace_sayWhyTogether_andAnotherQueuesAreMadeReady() {
    fixture.queue(name, QueueSpec.getDefaultInstance());
    List<Run> placeless = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      SessionId session = fixture.session();
      berth
          .sql()
          .execute(
              "update session set placement_labels = '{\"gpu\": \"yes\"}' where id = ?",
              session.value());
      placeless.add(run(session, "a", 0));
    }
    berth.bean(SessionReconciler.class).runOnce();
    berth.sql().execute("update session set state_message = 'old' where state_reason <> ''");
    SessionId other = fixture.session();
    Run placeable = fixture.create(other);
    berth.bean(SessionReconciler.class).runOnce();
    for (Run run : placeless) {
      assertPending(run, PendingReason.PENDING_REASON_NO_EXECUTOR, "gpu=yes");
    }
    assertPending(placeable, PendingReason.PENDING_REASON_SESSION_BUSY, "is being prepared");
  }

  private void throwaway(String tenant) {
    Run made =
        fixture
            .stub()
            .createRun(
                CreateRunRequest.newBuilder()
                    .setQueue(name)
                    .putLabels("tenant", tenant)
                    .setSessionSpec(SessionSpec.getDefaultInstance())
                    .setSpec(RunSpec.newBuilder().addCommand("true"))
                    .build())
            .getRun();
    assertThat(made.getThrowawaySession()).isTrue();
  }

  /** The tenants whose sessions are wished active, and how many of each. */
  private Map<String, Integer> awake(Queue queue) {
    return berth
        .sql()
        .select(RUN.QUEUE_KEY, org.jooq.impl.DSL.count())
        .from(RUN)
        .join(SESSION)
        .on(SESSION.ID.eq(RUN.SESSION_ID))
        .where(RUN.QUEUE_ID.eq(QueueId.parse(queue.getId())).and(SESSION.DESIRED.eq("ACTIVE")))
        .groupBy(RUN.QUEUE_KEY)
        .fetchMap(RUN.QUEUE_KEY, org.jooq.impl.DSL.count());
  }
}
