package dev.berth.controlplane.run;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.run.SettlementRepository.Lost;
import dev.berth.controlplane.session.SessionService;
import dev.berth.controlplane.worker.SessionRuns;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one way attempts and runs end: by the last batch of an attempt, by its loss, or, for a run
 * that waits, by a decision. Each end is one transaction with its event; a run ends once, whoever
 * comes first, since all hold its session's lock and then its own.
 */
@Singleton
public class SettlementService implements SessionRuns {
  /** Claims in a row that may be taken back; the next counts as an attempt. */
  static final int MOST_FALSE_STARTS = 10;

  private static final Duration PATIENCE_FOR_REPORT = Duration.ofSeconds(15);
  private static final int LOST_AT_ONCE = 100;
  private static final String ARTIFACTS_LOST =
      "Nobody has said which of the files that the run names are kept: its attempt was given up, or the"
          + " executor's agent is too old. Those are that artifact.created tells of.";
  private static final Logger log = LoggerFactory.getLogger(SettlementService.class);

  private final Transactions transactions;
  private final RunRepository runs;
  private final RunEventRepository events;
  private final SettlementRepository settlements;
  private final RunTurnRepository turns;
  private final SessionService sessions;
  private final Notifications notifications;

  SettlementService(
      Transactions transactions,
      RunRepository runs,
      RunEventRepository events,
      SettlementRepository settlements,
      RunTurnRepository turns,
      SessionService sessions,
      Notifications notifications) {
    this.transactions = transactions;
    this.runs = runs;
    this.events = events;
    this.settlements = settlements;
    this.turns = turns;
    this.sessions = sessions;
    this.notifications = notifications;
  }

  /**
   * Locks the session of the run if it has one, counts its use, and locks the run. In a
   * transaction.
   */
  Optional<Run> lockForEnd(RunId id) {
    return lockForEnd(List.of(id)).stream().findFirst();
  }

  /** The same of several, in the order in which everybody locks. */
  List<Run> lockForEnd(Collection<RunId> ids) {
    runs.sessionsOf(ids).forEach(sessions::markActivity);
    return runs.lock(ids);
  }

  /**
   * Ends the attempt under way, and with it the run unless another attempt follows. In a
   * transaction, behind {@link #lockForEnd}.
   *
   * @param reported whether the executor said so itself
   */
  void endAttempt(Run run, Run.Attempt attempt, AttemptEnd end, boolean reported) {
    if (reported && neverBegan(run, end) && run.falseStarts() < MOST_FALSE_STARTS) {
      Duration delay =
          RunSpec.Retry.BACKOFF.delay(run.falseStarts() + 1, ThreadLocalRandom.current());
      putBack(run, attempt, end.end(), delay, settlements.unclaim(run.id(), delay));
      return;
    }
    settlements.insertAttempt(run, attempt, end.end(), reported);
    if (reported && run.sessionId() != null) {
      settlements.orderSync(run, attempt, "RUN_FINISHED");
    }
    boolean repeatable =
        end.outcome() == RunState.FAILED
            && run.spec().retry().reasons().contains(end.end().reason());
    boolean cancelled = run.times().cancelRequested() != null;
    boolean stopped = end.outcome() == RunState.CANCELED || repeatable && cancelled;
    if (stopped && run.times().overdue()) {
      finish(run, RunState.FAILED, late(run, end.end()), false, reported);
    } else if (repeatable && cancelled) {
      finish(
          run,
          RunState.CANCELED,
          RunEnd.of(EndReason.CANCELED, "Canceled. " + end.end().message()),
          false,
          reported);
    } else if (repeatable && run.attempts() < run.spec().maxAttempts()) {
      retry(run, attempt, end.end());
    } else {
      finish(run, end.outcome(), end.end(), repeatable, reported);
    }
    notifications.publish("executor:" + attempt.executorId());
  }

  private static RunEnd unstarted(Run run) {
    return RunEnd.of(
        EndReason.START_DEADLINE,
        "It had not started by " + run.spec().deadlines().startBy() + ".");
  }

  private static RunEnd late(Run run, RunEnd end) {
    return new RunEnd(
        EndReason.FINISH_DEADLINE,
        "It had not ended by " + run.spec().deadlines().finishBy() + ".",
        end.exitCode(),
        end.signal());
  }

  /**
   * Ends the run at once where it waits, with {@code end}; where it is under way, has its executor
   * end it; where it has ended, does nothing. In a transaction, behind {@link #lockForEnd}.
   */
  void cancel(Run run, RunEnd end) {
    if (run.state().terminal()) {
      return;
    }
    if (run.attempt() == null || !run.state().active()) {
      finish(run, RunState.CANCELED, end, false, true);
      return;
    }
    if (run.times().cancelRequested() == null) {
      settlements.requestCancel(run.id(), false);
      published(run);
    }
    notifications.publish("executor:" + run.attempt().executorId());
  }

  /** Cancels what waits and what is under way, for a newer run; behind the session's lock. */
  void interrupt(SessionId session) {
    RunEnd replaced = RunEnd.of(EndReason.CANCELED, "A newer run of the session took its place.");
    runs.lock(runs.open(session)).forEach(run -> cancel(run, replaced));
  }

  /** Ends a run whose deadline has passed; nothing where it has begun or ended meanwhile. */
  void expire(RunId id, boolean toStart) {
    transactions.run(() -> {
      Run run = lockForEnd(id).orElse(null);
      if (run == null || run.state().terminal()) {
        return;
      }
      Run.Attempt attempt = run.attempt();
      if (attempt == null || !run.state().active()) {
        RunEnd end = toStart ? unstarted(run) : late(run, RunEnd.of(EndReason.FINISH_DEADLINE, ""));
        if (!toStart || run.attempts() == 0) {
          finish(run, RunState.EXPIRED, end, false, true);
        }
      } else if (!toStart && run.times().cancelRequested() == null) {
        settlements.requestCancel(run.id(), true);
        published(run);
        notifications.publish("executor:" + attempt.executorId());
      }
    });
  }

  @Override
  public void failQueued(SessionId session, String message) {
    for (RunId id : runs.waiting(session)) {
      runs.lock(id)
          .filter(run -> run.state() == RunState.QUEUED)
          .ifPresent(run ->
              finish(
                  run,
                  RunState.FAILED,
                  RunEnd.of(EndReason.ACTIVATION_FAILED, message),
                  false,
                  true));
    }
  }

  @Override
  public boolean cancelAll(SessionId session) {
    RunEnd deleted = RunEnd.of(EndReason.SESSION_DELETED, "Its session was deleted.");
    for (RunId id : runs.waiting(session)) {
      runs.lock(id).ifPresent(run -> cancel(run, deleted));
    }
    Optional<Run> active =
        runs.active(session).flatMap(runs::lock).filter(run -> run.state().active());
    active.ifPresent(run -> cancel(run, deleted));
    return active.isPresent();
  }

  /** The executor says that it lost the worker, and has not said that the process was started. */
  private static boolean neverBegan(Run run, AttemptEnd end) {
    return run.state() == RunState.STARTING
        && run.times().cancelRequested() == null
        && end.outcome() == RunState.FAILED
        && end.end().reason() == EndReason.WORKER_LOST;
  }

  private void retry(Run run, Run.Attempt attempt, RunEnd end) {
    expect(run, RunState.QUEUED);
    Duration delay =
        run.spec().retry().backoff().delay(attempt.number(), ThreadLocalRandom.current());
    putBack(run, attempt, end, delay, settlements.retry(run.id(), delay));
  }

  private void putBack(
      Run run, Run.Attempt attempt, RunEnd end, Duration delay, Instant notBefore) {
    NewEvent retried =
        RunEventProtoMapper.retried(attempt.number(), end, notBefore.minus(delay), notBefore);
    long last = events.appendOwn(run.id(), attempt.id(), List.of(retried), true);
    log.debug("{} goes back to its queue after event {}", run.id(), last);
    published(run);
  }

  /**
   * @param deadLetter whether its attempts are used up and another might have done better
   * @param reported false where an attempt was given up
   */
  private void finish(Run run, RunState state, RunEnd end, boolean deadLetter, boolean reported) {
    expect(run, state);
    Instant time = settlements.end(run.id(), state, end, deadLetter);
    SessionId session = run.sessionId();
    if (session != null) {
      turns.promote(session);
    }
    AttemptId attempt = run.attempt() == null ? null : run.attempt().id();
    List<NewEvent> said = new ArrayList<>();
    if (!run.spec().artifacts().paths().isEmpty() && !artifactsTold(run, reported)) {
      said.add(RunEventProtoMapper.warning(time, RunEventProtoMapper.NOT_KEPT, ARTIFACTS_LOST));
    }
    said.add(RunEventProtoMapper.finished(state, end, time));
    long last = events.appendOwn(run.id(), attempt, said, true);
    log.debug("{} ended {} with event {}", run.id(), state, last);
    if (session != null && run.throwawaySession()) {
      sessions.deleteThrowaway(session);
    }
    published(run);
  }

  private boolean artifactsTold(Run run, boolean reported) {
    return reported
        && (run.attempt() == null || settlements.keepsArtifacts(run.attempt().executorId()));
  }

  private void published(Run run) {
    notifications.publish("run:" + run.id());
    notifications.publish(
        run.sessionId() == null
            ? SessionlessFeeds.admittedTopic(run.projectId())
            : "session:" + run.sessionId());
    notifications.publish("work");
  }

  private static void expect(Run run, RunState next) {
    RunState from =
        run.state() == RunState.STARTING && next == RunState.SUCCEEDED
            ? RunState.RUNNING
            : run.state();
    if (!from.canBecome(next)) {
      throw new IllegalStateException(run.id() + " is " + run.state() + " and cannot be " + next);
    }
  }

  /**
   * Settles an attempt that its executor will not: it becomes FAILED with the reason, or the run
   * goes back to its queue where it has attempts left. Changes nothing where that attempt is not
   * under way any more.
   *
   * @return whether it was settled by this call
   */
  public boolean settleLost(RunId id, AttemptId lost, EndReason reason, String message) {
    return transactions.call(() -> {
      Run run = lockForEnd(id).orElse(null);
      if (run == null || run.attempt() == null || !run.state().active()) {
        return false;
      }
      Run.Attempt attempt = run.attempt();
      if (!attempt.id().equals(lost)) {
        return false;
      }
      endAttempt(run, attempt, new AttemptEnd(RunState.FAILED, RunEnd.of(reason, message)), false);
      return true;
    });
  }

  /**
   * Settles attempts whose executor expired or whose worker is gone, each in a transaction of its
   * own. Safe beside other replicas that do the same.
   *
   * @return how many were settled by this call
   */
  public int settleLostAttempts() {
    int settled = 0;
    for (Lost lost : settlements.lost(PATIENCE_FOR_REPORT, LOST_AT_ONCE)) {
      if (settleLost(lost.run(), lost.attempt(), lost.reason(), lost.message())) {
        settled++;
        log.info("{} lost attempt {}: {}", lost.run(), lost.attempt(), lost.reason());
      }
    }
    return settled;
  }
}
