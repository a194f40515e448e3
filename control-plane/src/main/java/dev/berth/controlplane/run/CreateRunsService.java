package dev.berth.controlplane.run;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.IdSource;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.queue.QueueBounds;
import dev.berth.controlplane.queue.QueueService;
import dev.berth.controlplane.session.NewSession;
import dev.berth.controlplane.session.Session;
import dev.berth.controlplane.session.SessionService;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Makes runs, all that are asked for or none. What there is to look up or to lock, a session, a
 * queue, is so once however many runs name it; the runs themselves are one statement.
 */
@Singleton
final class CreateRunsService {
  private final Transactions transactions;
  private final RunRepository runs;
  private final NewRunRepository newRuns;
  private final RunTurnRepository turns;
  private final SettlementService settlement;
  private final SessionService sessions;
  private final QueueService queues;
  private final Notifications notifications;
  private final IdSource ids;
  private final Clock clock;

  CreateRunsService(
      Transactions transactions,
      RunRepository runs,
      NewRunRepository newRuns,
      RunTurnRepository turns,
      SettlementService settlement,
      SessionService sessions,
      QueueService queues,
      Notifications notifications,
      IdSource ids,
      Clock clock) {
    this.transactions = transactions;
    this.runs = runs;
    this.newRuns = newRuns;
    this.turns = turns;
    this.settlement = settlement;
    this.sessions = sessions;
    this.queues = queues;
    this.notifications = notifications;
    this.ids = ids;
    this.clock = clock;
  }

  /**
   * Puts runs in their queues, the oldest first. The session of each is made first where it is to
   * go with the run. It is woken where the run may start at once, unless it does not resume by
   * itself; else the admission wakes it.
   */
  List<RunId> create(ProjectId project, Actor actor, String traceId, List<CreateRun> requests) {
    requireProviders(project, requests);
    return transactions.call(() -> {
      Map<SessionId, Session> named =
          sessions.lockForRuns(project, sessionsOf(requests, run -> true));
      makeRoom(requests);
      Map<String, QueueBounds> bounds = bounds(project, requests);
      Set<SessionId> awake = sessionsOf(requests, run -> startsAtOnce(run, bounds));
      sessions.useForRuns(named.values(), awake, actor);
      List<NewRun> made = new ArrayList<>(requests.size());
      for (CreateRun request : requests) {
        QueueBounds queue = Objects.requireNonNull(bounds.get(request.queue()));
        boolean atOnce = startsAtOnce(request, bounds);
        SessionId session = session(project, actor, traceId, request, atOnce);
        made.add(
            new NewRun(
                new RunId(ids.next()),
                request.name(),
                request.labels(),
                request.correlationId(),
                session,
                queue.id(),
                queue.key().of(session, actor, request.labels()),
                request.sessionId() == null,
                atOnce,
                request.spec()));
      }
      stepBackFor(made);
      newRuns.insert(project, actor, traceId, made, clock.instant());
      tell(made);
      return made.stream().map(NewRun::id).toList();
    });
  }

  private static Set<SessionId> sessionsOf(List<CreateRun> requests, Predicate<CreateRun> which) {
    return requests.stream()
        .filter(which)
        .map(CreateRun::sessionId)
        .filter(Objects::nonNull)
        .collect(Collectors.toSet());
  }

  /** Each provider is on an executor of the project, unless every executor has it. */
  private void requireProviders(ProjectId project, List<CreateRun> requests) {
    requests.stream()
        .map(run -> run.spec().provider())
        .distinct()
        .filter(provider -> !provider.equals(RunSpec.EXEC) && !runs.hasProvider(project, provider))
        .findFirst()
        .ifPresent(provider -> {
          throw RunErrors.providerUnknown(provider);
        });
  }

  /** The caller holds the locks of the sessions: no other runs come in between. */
  private void makeRoom(List<CreateRun> requests) {
    record Wish(SessionId session, OnBusy onBusy) {}
    requests.stream()
        .filter(run -> run.sessionId() != null && run.onBusy() != OnBusy.ENQUEUE)
        .map(run -> new Wish(run.sessionId(), run.onBusy()))
        .distinct()
        .forEach(wish -> makeRoom(wish.session(), wish.onBusy()));
  }

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

  /** The queues by what the requests call them, with room for all that name them. */
  private Map<String, QueueBounds> bounds(ProjectId project, List<CreateRun> requests) {
    Map<String, QueueBounds> bounds =
        queues.forNewRuns(
            project, requests.stream().map(CreateRun::queue).collect(Collectors.toSet()));
    Map<QueueBounds, Integer> counts = new HashMap<>();
    requests.forEach(
        run -> counts.merge(Objects.requireNonNull(bounds.get(run.queue())), 1, Integer::sum));
    counts.forEach((queue, more) -> {
      int most = queue.maxDepth();
      if (most > 0 && (more > most || newRuns.reaches(queue.id(), most - more + 1))) {
        throw RunErrors.queueFull(queue.name(), most, more);
      }
    });
    return bounds;
  }

  private static boolean startsAtOnce(CreateRun run, Map<String, QueueBounds> bounds) {
    QueueBounds queue = Objects.requireNonNull(bounds.get(run.queue()));
    return !queue.bounded() && !queue.paused() && !run.spec().order().hasTime();
  }

  private SessionId session(
      ProjectId project, Actor actor, String traceId, CreateRun request, boolean atOnce) {
    SessionId given = request.sessionId();
    if (given != null) {
      return given;
    }
    return sessions
        .create(
            new NewSession(
                project,
                null,
                Map.of(),
                Objects.requireNonNull(request.sessionSpec()),
                actor,
                request.correlationId(),
                traceId,
                atOnce,
                true))
        .id();
  }

  /** A run whose time may come later has others step back then. */
  private void stepBackFor(List<NewRun> made) {
    Map<SessionId, Integer> highest = new HashMap<>();
    made.stream()
        .filter(run -> !run.throwaway() && !run.spec().order().hasTime())
        .forEach(run -> highest.merge(run.sessionId(), run.spec().order().priority(), Math::max));
    if (!highest.isEmpty()) {
      turns.stepBackFor(highest);
    }
  }

  private void tell(List<NewRun> made) {
    notifications.publish("work");
    if (made.stream().anyMatch(run -> !run.awake())) {
      notifications.publish(QueueService.TOPIC);
    }
    made.stream()
        .map(NewRun::sessionId)
        .distinct()
        .forEach(session -> notifications.publish("session:" + session));
  }
}
