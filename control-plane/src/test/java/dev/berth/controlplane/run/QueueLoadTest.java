package dev.berth.controlplane.run;

import static dev.berth.sql.db.Tables.RUN;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.QueueId;
import dev.berth.common.Id.RunId;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.v1.QueueKey;
import dev.berth.v1.QueueSpec;
import dev.berth.v1.RateLimit;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two control planes that claim and settle at once, on a load that its seed repeats. */
final class QueueLoadTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private static final long SEED = Long.getLong("berth.test.seed", 20261121);
  private static final int CLAIMERS = 4;
  private static final int IN_QUEUE = 7;
  private static final int IN_KEY = 2;
  private static final QueueKey TENANT =
      QueueKey.newBuilder().setField(QueueKey.Field.FIELD_LABEL).setLabel("tenant").build();

  private RunFixture fixture;
  private ExecutorId executor;

  @BeforeEach
  void setUp() {
    fixture = new RunFixture(berth);
    executor = fixture.executor();
  }

  /** A start or end, of the row's own times: whoever starts has seen all ends before. */
  private record Step(Instant time, String key, boolean start) {}

  @Test
  void limitsOfQueueAndKey_areNeverExceeded_andNoKeyIsPassedOver() throws Exception {
    QueueId queue =
        queue(
            "load",
            QueueSpec.newBuilder()
                .setMaxConcurrency(IN_QUEUE)
                .setKey(TENANT)
                .setMaxConcurrencyPerKey(IN_KEY));
    Map<String, Integer> runs = new TreeMap<>(Map.of("a", 60, "b", 25, "c", 12, "d", 4, "e", 1));
    runs.forEach((key, count) -> create("load", key, count));
    try (BerthServer replica = berth.replica()) {
      claimWith(replica, new Settling(queue));
    }
    List<Step> steps = steps(queue);
    assertThat(steps).as("all have started and ended; seed " + SEED).hasSize(2 * 102);
    Map<String, Integer> active = new HashMap<>();
    Map<String, Integer> passedOver = new HashMap<>();
    for (Step step : steps) {
      active.merge(step.key(), step.start() ? 1 : -1, Integer::sum);
      if (!step.start()) {
        continue;
      }
      assertThat(active.get(step.key())).as("of key " + step.key()).isLessThanOrEqualTo(IN_KEY);
      assertThat(active.values().stream().mapToInt(Integer::intValue).sum())
          .isLessThanOrEqualTo(IN_QUEUE);
      runs.merge(step.key(), -1, Integer::sum);
      passedOver.put(step.key(), 0);
      runs.forEach((key, left) -> {
        if (left > 0 && active.getOrDefault(key, 0) == 0) {
          assertThat(passedOver.merge(key, 1, Integer::sum))
              .as("starts of others while %s had none under way, seed %d", key, SEED)
              .isLessThanOrEqualTo(IN_QUEUE + runs.size());
        }
      });
    }
  }

  @Test
  void aRate_isNotExceededByClaimersThatRace() throws Exception {
    QueueId queue =
        queue(
            "rated",
            QueueSpec.newBuilder().setKey(TENANT).setRate(rate(25)).setRatePerKey(rate(15)));
    create("rated", "a", 30);
    create("rated", "b", 30);
    Settling settling = new Settling(queue);
    try (BerthServer replica = berth.replica()) {
      claimWith(replica, settling);
    }
    List<Step> starts = steps(queue).stream().filter(Step::start).toList();
    assertThat(starts).hasSize(25);
    assertThat(starts.stream().filter(step -> step.key().equals("a"))).hasSizeBetween(10, 15);
  }

  private static RateLimit rate(int tokens) {
    return RateLimit.newBuilder()
        .setTokens(tokens)
        .setPeriod(Duration.newBuilder().setSeconds(3600))
        .build();
  }

  private QueueId queue(String name, QueueSpec.Builder spec) {
    return QueueId.parse(fixture.queue(name, spec.build()).getId());
  }

  private void create(String queue, String tenant, int count) {
    for (int i = 0; i < count; i++) {
      var made =
          fixture
              .stub()
              .createRun(
                  fixture.request(fixture.readySession(executor)).toBuilder()
                      .setQueue(queue)
                      .putLabels("tenant", tenant)
                      .build());
      assertThat(made.hasRun()).isTrue();
    }
  }

  /** Claimers of both, each ending some of what is under way behind each of its passes. */
  private void claimWith(BerthServer replica, Settling settling) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Object>> claimers = new ArrayList<>();
      for (int i = 0; i < CLAIMERS; i++) {
        Dispatcher dispatcher = (i % 2 == 0 ? berth : replica).bean(Dispatcher.class);
        Random random = new Random(SEED + i);
        claimers.add(() -> {
          int idle = 0;
          while (idle < 20) {
            dispatcher.runOnce();
            idle = settling.endSome(random) ? 0 : idle + 1;
          }
          return true;
        });
      }
      for (Future<Object> claimer : threads.invokeAll(claimers)) {
        assertThat(claimer.get()).isEqualTo(true);
      }
    }
  }

  /** Ends runs of a queue that are under way, some of them at a time. */
  private record Settling(QueueId queue) {

    /** False where none was under way. */
    boolean endSome(Random random) {
      var active =
          berth
              .sql()
              .select(RUN.ID, RUN.ATTEMPT_ID)
              .from(RUN)
              .where(RUN.QUEUE_ID.eq(queue).and(RUN.STATE.eq("STARTING")))
              .orderBy(RUN.ID)
              .fetch();
      for (var row : active) {
        if (random.nextInt(3) == 0) {
          end(row.value1(), row.value2());
        }
      }
      return active.isNotEmpty();
    }

    /** Another claimer may have ended it before. */
    private static void end(RunId run, AttemptId attempt) {
      berth
          .transactions()
          .run(() ->
              berth
                  .bean(SettlementService.class)
                  .settleLost(run, attempt, EndReason.WORKER_LOST, "over"));
    }
  }

  private static List<Step> steps(QueueId queue) {
    return berth
        .sql()
        .selectFrom(RUN)
        .where(RUN.QUEUE_ID.eq(queue).and(RUN.ATTEMPT_START_TIME.isNotNull()))
        .fetch()
        .stream()
        .flatMap(run ->
            Stream.of(
                new Step(run.getAttemptStartTime(), run.getQueueKey(), true),
                new Step(run.getEndTime(), run.getQueueKey(), false)))
        .sorted(Comparator.comparing(Step::time))
        .toList();
  }
}
