package dev.berth.controlplane.run;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.IdSource;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.loop.Signal;
import dev.berth.controlplane.queue.QueueBounds;
import dev.berth.controlplane.queue.QueueService;
import dev.berth.controlplane.run.PendingRepository.Facts;
import dev.berth.controlplane.session.NewSession;
import dev.berth.controlplane.session.SessionService;
import dev.berth.controlplane.session.SessionSpec;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What users do to runs. */
@Singleton
public class RunService {
  /** How long a wait goes without looking, should every hint be lost. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

  private final Transactions transactions;
  private final RunRepository runs;
  private final RunTurnRepository turns;
  private final PendingRepository pending;
  private final SettlementService settlement;
  private final SessionService sessions;
  private final QueueService queues;
  private final Notifications notifications;
  private final IdSource ids;
  private final Clock clock;

  RunService(
      Transactions transactions,
      RunRepository runs,
      RunTurnRepository turns,
      PendingRepository pending,
      SettlementService settlement,
      SessionService sessions,
      QueueService queues,
      Notifications notifications,
      IdSource ids,
      Clock clock) {
    this.transactions = transactions;
    this.runs = runs;
    this.turns = turns;
    this.pending = pending;
    this.settlement = settlement;
    this.sessions = sessions;
    this.queues = queues;
    this.notifications = notifications;
    this.ids = ids;
    this.clock = clock;
  }

  /**
   * Puts a run in its queue. Its session is made first where it is to go with the run. It is woken
   * where the run may start at once, unless it does not resume by itself; else the admission wakes
   * it.
   */
  RunView create(ProjectId project, Actor actor, String traceId, CreateRun request) {
    String provider = request.spec().provider();
    if (!provider.equals(RunSpec.EXEC) && !runs.hasProvider(project, provider)) {
      throw RunErrors.providerUnknown(provider);
    }
    return transactions.call(() -> {
      if (request.sessionId() != null) {
        sessions.lockForUse(project, request.sessionId());
        makeRoom(request.sessionId(), request.onBusy());
      }
      QueueBounds queue = queues.forNewRun(project, request.queue());
      if (queue.maxDepth() > 0 && runs.reaches(queue.id(), queue.maxDepth())) {
        throw RunErrors.queueFull(queue.name(), queue.maxDepth());
      }
      RunSpec.Order order = request.spec().order();
      boolean atOnce = !queue.bounded() && !queue.paused() && !order.hasTime();
      SessionId session = session(project, actor, traceId, request, atOnce);
      turns.stepBackFor(session, order.priority());
      RunId id = new RunId(ids.next());
      runs.insert(
          id,
          new NewRun(
              project,
              request.name(),
              request.labels(),
              actor,
              request.correlationId(),
              traceId,
              session,
              queue.id(),
              queue.key().of(session, actor, request.labels()),
              request.sessionId() == null,
              atOnce,
              request.spec()),
          clock.instant());
      notifications.publish("work");
      if (!atOnce) {
        notifications.publish(QueueService.TOPIC);
      }
      notifications.publish("session:" + session);
      return view(runs.find(project, id).orElseThrow());
    });
  }

  /** The caller holds the session's lock: no other run comes in between. */
  private void makeRoom(SessionId session, OnBusy onBusy) {
    switch (onBusy) {
      case ENQUEUE -> {}
      case REJECT ->
          runs.open(session).stream()
              .findFirst()
              .flatMap(runs::find)
              .ifPresent(run -> {
                throw RunErrors.active(run);
              });
      case INTERRUPT -> settlement.interrupt(session);
    }
  }

  /** The session of the run, woken where the run may start {@code atOnce}. */
  private SessionId session(
      ProjectId project, Actor actor, String traceId, CreateRun request, boolean atOnce) {
    SessionId given = request.sessionId();
    if (given != null) {
      if (atOnce) {
        return sessions.wakeIfItMay(project, given, actor).id();
      }
      sessions.markActivity(given);
      return given;
    }
    SessionSpec spec = Objects.requireNonNull(request.sessionSpec());
    return sessions
        .create(
            new NewSession(
                project,
                null,
                Map.of(),
                spec,
                actor,
                request.correlationId(),
                traceId,
                atOnce,
                true))
        .id();
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
