package dev.berth.executor.sessionless;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import dev.berth.common.IdSource;
import dev.berth.executor.process.AttemptEnd;
import dev.berth.executor.process.EndReason;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Attempts at runs without a session, as the agent holds them; by the provider noop. */
class SessionlessRunsTest {
  private final IdSource ids = new IdSource(Clock.systemUTC());
  private final List<List<SessionlessReport>> told = new CopyOnWriteArrayList<>();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final SessionlessRuns runs =
      new SessionlessRuns(
          List.of(new NoopProvider(timer)), 8, Duration.ofHours(1), Clock.systemUTC(), timer);

  @BeforeEach
  void listen() {
    runs.reportTo(told::add);
  }

  @AfterEach
  void stop() {
    timer.shutdownNow();
  }

  private SessionlessStart start(String provider, Duration timeout, String... command) {
    return new SessionlessStart(
        new RunId(ids.next()),
        new AttemptId(ids.next()),
        provider,
        List.of(command),
        Map.of(),
        new byte[0],
        timeout);
  }

  private SessionlessStart noop(String... command) {
    return start("noop", Duration.ofHours(1), command);
  }

  private AttemptEnd end(SessionlessStart start) {
    return told.stream()
        .flatMap(List::stream)
        .filter(report -> report.attempt().equals(start.attempt()))
        .flatMap(report -> report.end().stream())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void noopsOfOneOrder_areOverAtOnce_andToldTogether() {
    runs.start(List.of(noop(), noop(), noop()));
    assertThat(told).hasSize(1);
    assertThat(told.getFirst())
        .hasSize(3)
        .allSatisfy(report ->
            assertThat(report.end().orElseThrow().outcome())
                .isEqualTo(AttemptEnd.Outcome.SUCCEEDED));
  }

  @Test
  void oneThatTakesItsTime_isToldAsBegun_andThenAsOver() {
    var order = noop("20");
    runs.start(List.of(order));
    assertThat(told.getFirst().getFirst().end()).isEmpty();
    await().until(() -> told.size() == 2);
    assertThat(end(order).reason()).isEqualTo(EndReason.COMPLETED);
  }

  @Test
  void anAttemptIsBegunOnce_alsoAfterItWasForgotten() {
    var order = noop();
    runs.start(List.of(order, order));
    runs.forget(List.of(order.attempt()));
    runs.start(List.of(order));
    assertThat(told).hasSize(1);
    assertThat(told.getFirst()).hasSize(1);
    assertThat(runs.held()).isEmpty();
  }

  @Test
  void whatIsStopped_endsCancelled_once() {
    var order = noop("3600000");
    runs.start(List.of(order));
    assertThat(runs.stop(order.attempt())).isTrue();
    assertThat(runs.stop(order.attempt())).isTrue();
    assertThat(told).hasSize(2);
    assertThat(end(order).outcome()).isEqualTo(AttemptEnd.Outcome.CANCELED);
    assertThat(runs.stop(new AttemptId(ids.next()))).as("of a session").isFalse();
  }

  @Test
  void whatTakesTooLong_endsWithTimeout() {
    var order = start("noop", Duration.ofMillis(20), "3600000");
    runs.start(List.of(order));
    await().until(() -> told.size() == 2);
    assertThat(end(order).reason()).isEqualTo(EndReason.TIMEOUT);
  }

  @Test
  void whatIsDropped_endsWithoutAWord() {
    var order = noop("3600000");
    runs.start(List.of(order));
    runs.drop(List.of(order.attempt()));
    assertThat(runs.held()).isEmpty();
    assertThat(told).hasSize(1);
  }

  @Test
  void aProviderThatIsNotHere_andACommandThatIsNoNumber_areSaid() {
    var unknown = start("other", Duration.ofHours(1));
    var wrong = noop("soon");
    runs.start(List.of(unknown, wrong));
    assertThat(end(unknown).reason()).isEqualTo(EndReason.START_FAILED);
    assertThat(end(wrong).reason()).isEqualTo(EndReason.START_FAILED);
  }

  @Test
  void whatComesBeyondWhatItTakesAtOnce_waits_andBeginsInItsOrder() {
    var manual = new Manual();
    var narrow = narrow(manual, Duration.ofHours(1));
    var orders = List.of(manual.order(), manual.order(), manual.order(), manual.order());
    narrow.start(orders);
    assertThat(manual.begun).containsExactlyElementsOf(orders.subList(0, 2));
    manual.succeed(orders.get(1));
    assertThat(manual.begun).containsExactlyElementsOf(orders.subList(0, 3));
    assertThat(told.getLast())
        .extracting(SessionlessReport::attempt)
        .containsExactly(orders.get(1).attempt(), orders.get(2).attempt());
    narrow.stop(orders.getFirst().attempt());
    assertThat(manual.begun).containsExactlyElementsOf(orders);
  }

  @Test
  void oneThatWaits_isCancelledWithoutABegin() {
    var manual = new Manual();
    var narrow = narrow(manual, Duration.ofHours(1));
    var orders = List.of(manual.order(), manual.order(), manual.order(), manual.order());
    narrow.start(orders);
    assertThat(narrow.stop(orders.get(2).attempt())).isTrue();
    assertThat(end(orders.get(2)).outcome()).isEqualTo(AttemptEnd.Outcome.CANCELED);
    manual.succeed(orders.get(0));
    assertThat(manual.begun).containsExactly(orders.get(0), orders.get(1), orders.get(3));
  }

  @Test
  void oneWhoseTurnDoesNotCome_isGivenBack_andNeverBegun() {
    var manual = new Manual();
    var narrow = narrow(manual, Duration.ofMillis(20));
    var orders = List.of(manual.order(), manual.order(), manual.order());
    narrow.start(orders);
    await().until(() -> told.size() == 2);
    var back = told.getLast().getFirst();
    assertThat(back.attempt()).isEqualTo(orders.getLast().attempt());
    assertThat(back.unbegun()).isTrue();
    assertThat(back.end()).isPresent();
    assertThat(narrow.held()).contains(back);
    manual.succeed(orders.getFirst());
    assertThat(manual.begun).hasSize(2);
  }

  @Test
  void whatWaitsWhenItsLinkEnds_isBegunOnlyIfItIsOrderedAgain() {
    var manual = new Manual();
    var narrow = narrow(manual, Duration.ofHours(1));
    var orders = List.of(manual.order(), manual.order(), manual.order(), manual.order());
    narrow.start(orders);
    narrow.letGo();
    manual.succeed(orders.get(0));
    manual.succeed(orders.get(1));
    assertThat(manual.begun).hasSize(2);
    narrow.start(List.of(orders.get(0), orders.get(3)));
    assertThat(manual.begun).containsExactly(orders.get(0), orders.get(1), orders.get(3));
  }

  private SessionlessRuns narrow(Manual provider, Duration patience) {
    var narrow = new SessionlessRuns(List.of(provider), 2, patience, Clock.systemUTC(), timer);
    narrow.reportTo(told::add);
    return narrow;
  }

  /** Ends what it has begun when it is told to. */
  private final class Manual implements SessionlessProvider {
    private final List<SessionlessStart> begun = new CopyOnWriteArrayList<>();
    private final Map<AttemptId, Consumer<AttemptEnd>> ends = new ConcurrentHashMap<>();

    @Override
    public String key() {
      return "manual";
    }

    @Override
    public Runnable begin(SessionlessStart start, Consumer<AttemptEnd> over) {
      begun.add(start);
      ends.put(start.attempt(), over);
      return () -> {};
    }

    private SessionlessStart order() {
      return start("manual", Duration.ofHours(1));
    }

    private void succeed(SessionlessStart start) {
      Objects.requireNonNull(ends.get(start.attempt()))
          .accept(
              new AttemptEnd(
                  AttemptEnd.Outcome.SUCCEEDED, EndReason.COMPLETED, "", OptionalInt.empty(), 0));
    }
  }
}
