package dev.berth.executor.sessionless;

import dev.berth.common.Id.AttemptId;
import dev.berth.executor.process.AttemptEnd;
import dev.berth.executor.process.EndReason;
import java.time.Clock;
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

/**
 * The attempts at runs without a session. One is held from its begin until the control plane has
 * answered its end; one that was begun once is never begun again, however often it is ordered. All
 * of it is in memory: what an agent that fell had held is begun anew, or given up, by the rows.
 */
public final class SessionlessRuns {
  private static final int REMEMBERED = 100_000;

  private final Map<String, SessionlessProvider> providers;
  private final int atOnce;
  private final Clock clock;
  private final ScheduledExecutorService timer;
  private final Map<AttemptId, Held> held = new LinkedHashMap<>();
  private final Map<AttemptId, Boolean> known =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<AttemptId, Boolean> eldest) {
          return size() > REMEMBERED;
        }
      };
  private Consumer<List<SessionlessReport>> reports = said -> {};

  private static final class Held {
    private final SessionlessStart start;
    private final Instant began;
    private Optional<AttemptEnd> end = Optional.empty();
    private Runnable stop = () -> {};
    private @Nullable ScheduledFuture<?> limit;

    Held(SessionlessStart start, Instant began) {
      this.start = start;
      this.began = began;
    }

    SessionlessReport report() {
      return new SessionlessReport(start.run(), start.attempt(), began, end);
    }
  }

  /**
   * @param atOnce how many it takes at once; 0 for none
   */
  public SessionlessRuns(
      List<SessionlessProvider> providers,
      int atOnce,
      Clock clock,
      ScheduledExecutorService timer) {
    this.providers =
        providers.stream().collect(Collectors.toMap(SessionlessProvider::key, Function.identity()));
    this.atOnce = atOnce;
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

  /** Begins those that were not begun before, and tells of all of them together. */
  public void start(List<SessionlessStart> orders) {
    List<Held> begun = new ArrayList<>();
    for (SessionlessStart order : orders) {
      if (firstSeen(order.attempt())) {
        begun.add(begin(order));
      }
    }
    tell(begun);
  }

  private Held begin(SessionlessStart order) {
    var attempt = new Held(order, clock.instant());
    synchronized (this) {
      held.put(order.attempt(), attempt);
    }
    var provider = providers.get(order.provider());
    if (provider == null) {
      attempt.end =
          Optional.of(
              AttemptEnd.failed(
                  EndReason.START_FAILED, "This executor has no provider " + order.provider()));
      return attempt;
    }
    var beginning = Thread.currentThread();
    var stop =
        provider.begin(
            order,
            end -> {
              if (end(attempt, end) && Thread.currentThread() != beginning) {
                tell(List.of(attempt));
              }
            });
    synchronized (this) {
      if (attempt.end.isEmpty()) {
        attempt.stop = stop;
        attempt.limit =
            timer.schedule(
                () -> stop(attempt, timeout()), order.timeout().toMillis(), TimeUnit.MILLISECONDS);
      }
    }
    return attempt;
  }

  private static AttemptEnd timeout() {
    return AttemptEnd.failed(EndReason.TIMEOUT, "It took longer than it may.");
  }

  /** Ends it, cancelled. False where there is no such attempt of a run without a session here. */
  public boolean stop(AttemptId id) {
    Held attempt;
    synchronized (this) {
      attempt = held.get(id);
    }
    if (attempt == null) {
      return false;
    }
    stop(
        attempt,
        new AttemptEnd(
            AttemptEnd.Outcome.CANCELED, EndReason.CANCELED, "Canceled.", OptionalInt.empty(), 0));
    return true;
  }

  private void stop(Held attempt, AttemptEnd end) {
    if (end(attempt, end)) {
      attempt.stop.run();
      tell(List.of(attempt));
    }
  }

  /** Whether it had not ended before. */
  private synchronized boolean end(Held attempt, AttemptEnd end) {
    if (attempt.end.isPresent()) {
      return false;
    }
    attempt.end = Optional.of(end);
    if (attempt.limit != null) {
      attempt.limit.cancel(false);
    }
    return true;
  }

  private void tell(List<Held> attempts) {
    if (attempts.isEmpty()) {
      return;
    }
    Consumer<List<SessionlessReport>> to;
    List<SessionlessReport> said;
    synchronized (this) {
      to = reports;
      said = attempts.stream().map(Held::report).toList();
    }
    to.accept(said);
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
        attempt = held.remove(id);
      }
      if (attempt != null && end(attempt, timeout())) {
        attempt.stop.run();
      }
    }
  }

  private synchronized boolean firstSeen(AttemptId attempt) {
    return known.putIfAbsent(attempt, true) == null;
  }
}
