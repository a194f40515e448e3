package dev.berth.controlplane.run;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.RunId;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.loop.Signal;
import dev.berth.controlplane.run.PendingRepository.Facts;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What users do to runs. */
@Singleton
public class RunService {
  /** How long a wait goes without looking, should every hint be lost. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

  private final Transactions transactions;
  private final RunRepository runs;
  private final CreateRunsService creation;
  private final PendingRepository pending;
  private final SettlementService settlement;
  private final Notifications notifications;

  RunService(
      Transactions transactions,
      RunRepository runs,
      CreateRunsService creation,
      PendingRepository pending,
      SettlementService settlement,
      Notifications notifications) {
    this.transactions = transactions;
    this.runs = runs;
    this.creation = creation;
    this.pending = pending;
    this.settlement = settlement;
    this.notifications = notifications;
  }

  /**
   * Puts one run in its queue, as {@link CreateRunsService#create}, and answers it as it is then:
   * perhaps under way already. Whoever starts it does not wait for that answer.
   */
  RunView create(ProjectId project, Actor actor, String traceId, CreateRun request) {
    RunId id = creation.create(project, actor, traceId, List.of(request)).getFirst();
    return get(project, id);
  }

  RunView get(ProjectId project, RunId id) {
    return view(find(project, id));
  }

  /** The run, or NOT_FOUND where the project has none such. */
  Run find(ProjectId project, RunId id) {
    return runs.find(project, id).orElseThrow(() -> RunErrors.notFound(id));
  }

  List<RunView> list(RunFilter filter, @Nullable RunId before, int limit) {
    return views(runs.list(filter, before, limit));
  }

  /** The run's story, of rows of one moment. */
  List<RunStory.Sentence> explain(ProjectId project, RunId id) {
    return transactions.call(() -> {
      RunView run = get(project, id);
      return RunStory.of(run, runs.attempts(run.run()));
    });
  }

  List<RunAttempt> attempts(ProjectId project, RunId id) {
    return runs.attempts(find(project, id));
  }

  /**
   * Cancels: a run that waits ends at once, of one under way its executor is told. A second time is
   * a success, also once it has ended CANCELED.
   */
  RunView cancel(ProjectId project, RunId id) {
    return transactions.call(() -> {
      find(project, id);
      Run run = settlement.lockForEnd(id).orElseThrow(() -> RunErrors.notFound(id));
      if (run.state().terminal() && run.state() != RunState.CANCELED) {
        throw RunErrors.ended(run);
      }
      settlement.cancel(run, RunEnd.of(EndReason.CANCELED, "Canceled while it waited."));
      return view(find(project, id));
    });
  }

  /** Answers the run once it has ended or the time is up, whichever is first. */
  RunView await(ProjectId project, RunId id, Duration time) throws InterruptedException {
    Signal changed = new Signal();
    long end = System.nanoTime() + time.toNanos();
    try (Notifications.Subscription subscription =
        notifications.subscribe("run:" + id, changed::raise)) {
      while (true) {
        Run run = find(project, id);
        Duration left = Duration.ofNanos(end - System.nanoTime());
        if (run.state().terminal() || !left.isPositive()) {
          return view(run);
        }
        boolean hinted = changed.await(left.compareTo(LOOK_AGAIN) < 0 ? left : LOOK_AGAIN);
        assert hinted || subscription != null;
      }
    }
  }

  private RunView view(Run run) {
    return views(List.of(run)).getFirst();
  }

  private List<RunView> views(List<Run> found) {
    List<RunId> queued =
        found.stream().filter(run -> run.state() == RunState.QUEUED).map(Run::id).toList();
    Map<RunId, Facts> facts = queued.isEmpty() ? Map.of() : pending.facts(queued);
    return found.stream()
        .map(run -> {
          Facts why = facts.get(run.id());
          return new RunView(run, why == null ? null : PendingReasons.of(why));
        })
        .toList();
  }
}
