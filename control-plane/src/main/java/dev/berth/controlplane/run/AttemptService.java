package dev.berth.controlplane.run;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The attempts of an executor, as the link needs them. */
@Singleton
class AttemptService {
  private final RunRepository runs;
  private final RunEventRepository events;
  private final SettlementService settlement;

  AttemptService(RunRepository runs, RunEventRepository events, SettlementService settlement) {
    this.runs = runs;
    this.events = events;
    this.settlement = settlement;
  }

  /** The runs that the executor is to start or to end, by id. */
  List<Run> ordered(ExecutorId executor) {
    return runs.orderedFrom(executor);
  }

  /** The attempt of a run that is under way. */
  Run.Attempt of(Run run) {
    Run.Attempt attempt = run.attempt();
    if (attempt == null) {
      throw new IllegalStateException(run.id() + " is " + run.state() + " without an attempt");
    }
    return attempt;
  }

  /**
   * The attempts that are the executor's, and how far each is committed. Those that had begun but
   * are not among {@code brought} are settled as lost: the executor knows nothing of them any more.
   * Joins the caller's transaction.
   */
  Map<AttemptId, Position> greet(ExecutorId executor, Set<String> brought) {
    Map<AttemptId, Position> held = new HashMap<>();
    for (Run run : runs.activeOn(executor)) {
      AttemptId attempt = of(run).id();
      if (brought.contains(attempt.toString())) {
        events.cursor(run.id()).ifPresent(cursor -> held.put(attempt, cursor.position()));
      } else if (run.state() != RunState.STARTING) {
        boolean settled =
            settlement.settleLost(
                run.id(),
                attempt,
                EndReason.EXECUTOR_LOST,
                "The executor came back without the run's process.");
        assert settled;
      }
    }
    return held;
  }
}
