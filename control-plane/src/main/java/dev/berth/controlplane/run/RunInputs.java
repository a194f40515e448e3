package dev.berth.controlplane.run;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.RunId;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.loop.Signal;
import dev.berth.controlplane.run.RunInputRepository.Cursor;
import dev.berth.controlplane.run.RunInputRepository.Standings;
import dev.berth.controlplane.run.RunInputRepository.Waiting;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What runs are given while they are under way. A recorded input is a row: the order to whichever
 * executor holds the run's attempt, again and again until it is answered, and the memory by which
 * the same input again is known. A run's row is locked while one is recorded.
 */
@Singleton
class RunInputs {
  private static final int MOST_WAITING = 1_000;
  private static final long MOST_WAITING_BYTES = 1L << 20;
  private static final long MOST_BYTES = 64L << 20;
  private static final long MOST_INPUTS = 100_000;
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

  private final Transactions transactions;
  private final RunService runs;
  private final RunRepository rows;
  private final RunInputRepository inputs;
  private final Notifications notifications;

  RunInputs(
      Transactions transactions,
      RunService runs,
      RunRepository rows,
      RunInputRepository inputs,
      Notifications notifications) {
    this.transactions = transactions;
    this.runs = runs;
    this.rows = rows;
    this.inputs = inputs;
    this.notifications = notifications;
  }

  /** Records the input, once by its id, and answers how it stands. */
  RunInput.Standing record(ProjectId project, RunId id, Actor actor, RunInput input) {
    return transactions.call(() -> {
      Run found = runs.find(project, id);
      Optional<RunInput.Standing> before = before(found, input);
      if (before.isPresent()) {
        return before.get();
      }
      if (input.kind() == RunInput.Kind.CANCEL) {
        RunView canceled = runs.cancel(project, id);
        assert canceled.run().id().equals(id);
      }
      Run run = rows.lock(id).orElseThrow(() -> RunErrors.notFound(id));
      // Another call may have recorded it just before the lock.
      return before(run, input).orElseGet(() -> add(run, actor, input));
    });
  }

  private Optional<RunInput.Standing> before(Run run, RunInput input) {
    Optional<RunInput.Recorded> known = inputs.find(run.id(), input.id());
    known.ifPresent(recorded -> {
      if (!recorded.input().sameBody(input)) {
        throw RunErrors.inputIdReused(run, input.id());
      }
    });
    return known.map(recorded ->
        Objects.requireNonNull(standings(run.id(), List.of(input.id())).get(input.id())));
  }

  private RunInput.Standing add(Run run, Actor actor, RunInput input) {
    Cursor cursor = inputs.cursor(run);
    Run.Attempt attempt = run.attempt();
    switch (input.kind()) {
      case DATA, CLOSE -> {
        requireOpen(run, cursor);
        requireRoom(run, cursor, input);
      }
      case SIGNAL -> {
        requireNotEnded(run);
        if (!run.state().active()) {
          throw RunErrors.notUnderWay(run);
        }
        requireRoom(run, cursor, input);
      }
      case ANSWER, INTERRUPT -> {
        requireNotEnded(run);
        if (run.spec().agent() == null) {
          throw RunErrors.noAgent(run);
        }
        if (!run.state().active()) {
          throw RunErrors.notUnderWay(run);
        }
        requireRoom(run, cursor, input);
      }
      case CANCEL -> {}
    }
    if (run.state().active() && attempt != null) {
      if (input.kind() != RunInput.Kind.CANCEL && !inputs.canGive(attempt.executorId())) {
        throw RunErrors.cannotBeGiven(run, attempt.executorId());
      }
      notifications.publish("executor:" + attempt.executorId());
    }
    inputs.insert(run.id(), cursor, input, attempt == null ? null : attempt.id(), actor);
    return new RunInput.Standing(cursor.lastSeq() + 1, false, "");
  }

  private static void requireOpen(Run run, Cursor cursor) {
    requireNotEnded(run);
    if (!run.spec().interactive()) {
      throw RunErrors.takesNoInput(run);
    }
    if (cursor.closed()) {
      throw RunErrors.inputClosed(run);
    }
  }

  private static void requireNotEnded(Run run) {
    if (run.state().terminal()) {
      throw RunErrors.ended(run);
    }
  }

  /** The end of the input is always let in: whoever waits for it would else wait for ever. */
  private void requireRoom(Run run, Cursor cursor, RunInput input) {
    if (input.kind() == RunInput.Kind.CLOSE) {
      return;
    }
    if (cursor.position() + input.data().length - run.spec().input().length > MOST_BYTES) {
      throw RunErrors.inputLimit(run, "64 MiB of input");
    }
    if (cursor.lastSeq() >= MOST_INPUTS) {
      throw RunErrors.inputLimit(run, "100,000 inputs");
    }
    Waiting waiting = inputs.waiting(run.id());
    if (waiting.count() >= MOST_WAITING
        || waiting.bytes() + input.data().length > MOST_WAITING_BYTES) {
      throw RunErrors.inputFull(run, waiting.bytes(), waiting.count());
    }
  }

  /** How inputs stand, by their ids, in their order. */
  Map<String, RunInput.Standing> standings(RunId run, List<String> ids) {
    Map<String, RunInput.Standing> standings = new LinkedHashMap<>();
    for (Standings one : inputs.standings(run, ids)) {
      standings.put(one.input(), one.standing());
    }
    return standings;
  }

  /** Waits until the input is given, cannot be, or the time is up or the run over. */
  RunInput.Standing awaitGiven(ProjectId project, RunId run, String input, Duration time)
      throws InterruptedException {
    Signal changed = new Signal();
    long end = System.nanoTime() + time.toNanos();
    try (Notifications.Subscription subscription =
        notifications.subscribe("run:" + run, changed::raise)) {
      assert subscription != null;
      while (true) {
        boolean ended = runs.find(project, run).state().terminal();
        RunInput.Standing standing =
            Objects.requireNonNull(standings(run, List.of(input)).get(input));
        Duration left = Duration.ofNanos(end - System.nanoTime());
        if (ended || standing.given() || !standing.failure().isEmpty() || !left.isPositive()) {
          return standing;
        }
        boolean hinted = changed.await(left.compareTo(LOOK_AGAIN) < 0 ? left : LOOK_AGAIN);
        assert hinted || !left.isNegative();
      }
    }
  }

  /** {@code hint} runs when something of the run, its inputs among it, has changed. */
  Notifications.Subscription onChange(RunId run, Runnable hint) {
    return notifications.subscribe("run:" + run, hint);
  }

  /** Takes down what an executor says of an attempt. What comes late changes nothing. */
  void given(ExecutorId executor, RunId run, AttemptId attempt, long seq, String failure) {
    transactions.run(() -> {
      inputs.failSignalsBefore(run, attempt, "Its attempt had ended.");
      if (!inputs.given(executor, run, attempt, seq)) {
        return;
      }
      if (!failure.isEmpty()) {
        inputs.fail(run, seq, failure);
      }
      notifications.publish("run:" + run);
      notifications.publish("executor:" + executor);
    });
  }
}
