package dev.berth.executor.sessionless;

import dev.berth.common.Id.AttemptId;
import dev.berth.executor.process.AttemptEnd;
import dev.berth.executor.process.EndReason;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The attempts at runs without a session. One is held from its begin until the control plane has
 * answered its end; one that was begun once is never begun again, however often it is ordered. All
 * of it is in memory: what an agent that fell had held is begun anew, or given up, by the rows.
 *
 * <p>Orders beyond what it takes at once wait, and begin in their order as others end. One whose
 * turn does not come is given back, so that nothing waits here behind runs that take long; and none
 * waits longer than the link that ordered it lives, since then another executor may have it.
 */
public final class SessionlessRuns {
  private static final int REMEMBERED = 100_000;
  private static final Logger LOG = LoggerFactory.getLogger(SessionlessRuns.class);

  private final Map<String, SessionlessProvider> providers;
  private final int atOnce;
  private final Duration patience;
  private final Clock clock;
  private final ScheduledExecutorService timer;
  private final Map<AttemptId, Waiting> waiting = new LinkedHashMap<>();
  private final Map<AttemptId, Held> held = new LinkedHashMap<>();
  private final Map<AttemptId, Boolean> known =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<AttemptId, Boolean> eldest) {
          return size() > REMEMBERED;
        }
      };

  /** Of what is held, what is not told as it is. */
  private final List<Held> news = new ArrayList<>();

  private int underWay;

  /** A thread is at it, and will see what else there is room for, and tell what else is new. */
  private boolean beginning;

  private boolean watching;
  private Consumer<List<SessionlessReport>> reports = said -> {};

  private record Waiting(SessionlessStart start, long since) {}

  private static final class Held {
    private final SessionlessStart start;
    private final Instant began;
    private Optional<AttemptEnd> end = Optional.empty();
    private boolean unbegun;
    private boolean told;
    private Runnable stop = () -> {};
    private @Nullable ScheduledFuture<?> limit;

    Held(SessionlessStart start, Instant began) {
      this.start = start;
      this.began = began;
    }

    SessionlessReport report() {
      return new SessionlessReport(start.run(), start.attempt(), began, end, unbegun);
    }
  }

  /**
   * @param atOnce how many it takes at once; 0 for none
   * @param patience how long an order waits for its turn
   */
  public SessionlessRuns(
      List<SessionlessProvider> providers,
      int atOnce,
      Duration patience,
      Clock clock,
      ScheduledExecutorService timer) {
    this.providers =
        providers.stream().collect(Collectors.toMap(SessionlessProvider::key, Function.identity()));
    this.atOnce = atOnce;
    this.patience = patience;
    this.clock = clock;
    this.timer = timer;
  }

  public int atOnce() {
    return atOnce;
  }

  public List<String> providers() {
    return providers.keySet().stream().sorted().toList();
  }

  /** Where what happens is told, from now on; must not block. */
  public synchronized void reportTo(Consumer<List<SessionlessReport>> reports) {
    this.reports = reports;
  }

  /**
   * Begins those that were not begun before, as many at once as it takes, and tells of what has
   * begun together.
   */
  public void start(List<SessionlessStart> orders) {
    synchronized (this) {
      for (SessionlessStart order : orders) {
        if (known.putIfAbsent(order.attempt(), true) == null) {
          waiting.put(order.attempt(), new Waiting(order, System.nanoTime()));
        }
      }
    }
    goOn();
  }

  /** Begins what there is room for and tells what is new; one thread at a time does, for all. */
  private void goOn() {
    synchronized (this) {
      if (beginning) {
        return;
      }
      beginning = true;
    }
    for (Held next = next(); next != null; next = next()) {
      begin(next);
    }
  }

  /** None where there is no room, or nothing waits: then what is new is told. */
  private @Nullable Held next() {
    Consumer<List<SessionlessReport>> to;
    List<SessionlessReport> said;
    synchronized (this) {
      var first = waiting.values().iterator();
      if (underWay < atOnce && first.hasNext()) {
        var attempt = new Held(first.next().start(), clock.instant());
        first.remove();
        underWay++;
        held.put(attempt.start.attempt(), attempt);
        news.add(attempt);
        return attempt;
      }
      beginning = false;
      watchWaiting();
      to = reports;
      news.forEach(attempt -> attempt.told = true);
      said = news.stream().map(Held::report).toList();
      news.clear();
    }
    if (!said.isEmpty()) {
      to.accept(said);
    }
    return null;
  }

  private void begin(Held attempt) {
    var start = attempt.start;
    var provider = providers.get(start.provider());
    if (provider == null) {
      over(
          attempt,
          AttemptEnd.failed(
              EndReason.START_FAILED, "This executor has no provider " + start.provider()));
      return;
    }
    Runnable stop;
    try {
      stop = provider.begin(start, end -> over(attempt, end));
    } catch (RuntimeException e) {
      LOG.error("{} could not be begun", start, e);
      over(attempt, AttemptEnd.failed(EndReason.START_FAILED, "Its provider could not begin it."));
      return;
    }
    synchronized (this) {
      if (attempt.end.isEmpty()) {
        attempt.stop = stop;
        attempt.limit =
            timer.schedule(
                () -> stop(attempt, timeout()), start.timeout().toMillis(), TimeUnit.MILLISECONDS);
        return;
      }
    }
    stop.run();
  }

  private void over(Held attempt, AttemptEnd end) {
    if (end(attempt, end)) {
      goOn();
    }
  }

  private static AttemptEnd timeout() {
    return AttemptEnd.failed(EndReason.TIMEOUT, "It took longer than it may.");
  }

  /** Ends it, cancelled. False where there is no such attempt of a run without a session here. */
  public boolean stop(AttemptId id) {
    var canceled =
        new AttemptEnd(
            AttemptEnd.Outcome.CANCELED, EndReason.CANCELED, "Canceled.", OptionalInt.empty(), 0);
    Held attempt;
    synchronized (this) {
      var order = waiting.remove(id);
      if (order != null) {
        endUnbegun(order, canceled, false);
      }
      attempt = held.get(id);
    }
    if (attempt == null) {
      return false;
    }
    stop(attempt, canceled);
    goOn();
    return true;
  }

  private void stop(Held attempt, AttemptEnd end) {
    if (end(attempt, end)) {
      attempt.stop.run();
      goOn();
    }
  }

  /** Whether it had not ended before. */
  private synchronized boolean end(Held attempt, AttemptEnd end) {
    if (attempt.end.isPresent()) {
      return false;
    }
    attempt.end = Optional.of(end);
    underWay--;
    if (attempt.limit != null) {
      attempt.limit.cancel(false);
    }
    if (attempt.told) {
      news.add(attempt);
    }
    return true;
  }

  private synchronized void endUnbegun(Waiting order, AttemptEnd end, boolean givenBack) {
    var attempt = new Held(order.start(), clock.instant());
    attempt.end = Optional.of(end);
    attempt.unbegun = givenBack;
    held.put(order.start().attempt(), attempt);
    news.add(attempt);
  }

  /** Once at a time, while something waits. */
  private synchronized void watchWaiting() {
    if (!watching && !waiting.isEmpty()) {
      watching = true;
      var task = timer.schedule(this::giveBack, patience.toNanos(), TimeUnit.NANOSECONDS);
      assert !task.isCancelled();
    }
  }

  /** What has waited too long: its run is to be given to somebody, perhaps to us again. */
  private void giveBack() {
    synchronized (this) {
      watching = false;
      long now = System.nanoTime();
      var orders = waiting.values().iterator();
      while (orders.hasNext()) {
        var order = orders.next();
        if (now - order.since() >= patience.toNanos()) {
          orders.remove();
          endUnbegun(
              order,
              AttemptEnd.failed(EndReason.WORKER_LOST, "It was not begun: others take long."),
              true);
        }
      }
    }
    goOn();
  }

  /** The link that ordered them has ended: what waits is begun if it is ordered again. */
  public synchronized void letGo() {
    known.keySet().removeAll(waiting.keySet());
    waiting.clear();
  }

  /** Everything held, as it is. */
  public synchronized List<SessionlessReport> held() {
    return held.values().stream().map(Held::report).toList();
  }

  /** It is committed that they are over. */
  public synchronized void forget(Collection<AttemptId> attempts) {
    held.keySet().removeAll(attempts);
  }

  /** They are not their runs' any more: ended without a word. */
  public void drop(Collection<AttemptId> attempts) {
    for (AttemptId id : attempts) {
      Held attempt;
      synchronized (this) {
        waiting.remove(id);
        attempt = held.remove(id);
        if (attempt != null) {
          news.remove(attempt);
          attempt.told = false;
        }
      }
      if (attempt != null && end(attempt, timeout())) {
        attempt.stop.run();
      }
    }
    goOn();
  }
}
