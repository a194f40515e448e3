package dev.berth.controlplane.run;

import dev.berth.common.Id.ConversationId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.IdSource;
import dev.berth.controlplane.conversation.ConversationService;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.provider.AgentProvider;
import dev.berth.controlplane.provider.AgentProviderService;
import dev.berth.controlplane.queue.QueueBounds;
import dev.berth.controlplane.queue.QueueService;
import dev.berth.controlplane.session.NewSession;
import dev.berth.controlplane.session.Session;
import dev.berth.controlplane.session.SessionService;
import dev.berth.controlplane.session.SessionSpec;
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
import org.jspecify.annotations.Nullable;

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
  private final RunSecrets secrets;
  private final SessionService sessions;
  private final QueueService queues;
  private final AgentProviderService providers;
  private final ConversationService conversations;
  private final Notifications notifications;
  private final IdSource ids;
  private final Clock clock;

  CreateRunsService(
      Transactions transactions,
      RunRepository runs,
      NewRunRepository newRuns,
      RunTurnRepository turns,
      SettlementService settlement,
      RunSecrets secrets,
      SessionService sessions,
      QueueService queues,
      AgentProviderService providers,
      ConversationService conversations,
      Notifications notifications,
      IdSource ids,
      Clock clock) {
    this.transactions = transactions;
    this.runs = runs;
    this.newRuns = newRuns;
    this.turns = turns;
    this.settlement = settlement;
    this.secrets = secrets;
    this.sessions = sessions;
    this.queues = queues;
    this.providers = providers;
    this.conversations = conversations;
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
    requireServed(project, requests);
    secrets.require(project, requests);
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
                conversation(project, request, session),
                queue.id(),
                queue.key().of(session, actor, request.labels()),
                request.sessionSpec() != null,
                atOnce,
                request.spec().with(queue.defaults(), request.left())));
      }
      stepBackFor(made);
      newRuns.insert(project, actor, traceId, made, clock.instant());
      tell(project, made);
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

  /**
   * Each provider is on an executor of the project, unless every executor has it; and a session is
   * named exactly where it needs a worker.
   */
  private void requireServed(ProjectId project, List<CreateRun> requests) {
    Map<String, Boolean> sessionless = new HashMap<>();
    Map<String, List<AgentProvider>> agents = new HashMap<>();
    for (CreateRun request : requests) {
      String provider = request.spec().provider();
      if (!sessionless.containsKey(provider)) {
        boolean exec = provider.equals(RunSpec.EXEC);
        if (!exec && !runs.hasProvider(project, provider)) {
          throw RunErrors.providerUnknown(provider);
        }
        sessionless.put(provider, !exec && runs.hasSessionlessProvider(project, provider));
        agents.put(provider, exec ? List.of() : providers.find(project, provider));
      }
      requireServed(request, Boolean.TRUE.equals(sessionless.get(provider)));
      AgentProviderService.require(
          provider, agents.getOrDefault(provider, List.of()), request.spec().agent());
    }
  }

  private static void requireServed(CreateRun request, boolean sessionless) {
    String provider = request.spec().provider();
    if (sessionless != request.sessionless()) {
      throw RunErrors.sessionNeeded(provider, !sessionless);
    }
    if (sessionless && !request.spec().artifacts().paths().isEmpty()) {
      throw RunErrors.noFiles(provider);
    }
    if (sessionless && request.spec().interactive()) {
      throw RunErrors.noInput(provider);
    }
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

  private @Nullable SessionId session(
      ProjectId project, Actor actor, String traceId, CreateRun request, boolean atOnce) {
    SessionSpec spec = request.sessionSpec();
    if (spec == null) {
      return request.sessionId();
    }
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

  /** The one that the run is a turn of: begun for it unless it names one. */
  private @Nullable ConversationId conversation(
      ProjectId project, CreateRun request, @Nullable SessionId session) {
    RunSpec spec = request.spec();
    if (spec.agent() == null || session == null) {
      return null;
    }
    ConversationId named = spec.agent().conversationId();
    if (named == null) {
      return conversations.begin(project, session, spec.provider(), spec.workingDirectory());
    }
    return conversations.resume(project, named, session, spec.provider(), spec.workingDirectory());
  }

  /** A run whose time may come later has others step back then. */
  private void stepBackFor(List<NewRun> made) {
    Map<SessionId, Integer> highest = new HashMap<>();
    for (NewRun run : made) {
      SessionId session = run.sessionId();
      if (session != null && !run.throwaway() && !run.spec().order().hasTime()) {
        highest.merge(session, run.spec().order().priority(), Math::max);
      }
    }
    if (!highest.isEmpty()) {
      turns.stepBackFor(highest);
    }
  }

  private void tell(ProjectId project, List<NewRun> made) {
    for (NewRun run : made) {
      notifications.publish(
          run.sessionId() == null && run.awake() ? SessionlessFeeds.topic(project) : "work");
    }
    if (made.stream().anyMatch(run -> !run.awake())) {
      notifications.publish(QueueService.TOPIC);
    }
    made.stream()
        .map(NewRun::sessionId)
        .filter(Objects::nonNull)
        .distinct()
        .forEach(session -> notifications.publish("session:" + session));
  }
}
