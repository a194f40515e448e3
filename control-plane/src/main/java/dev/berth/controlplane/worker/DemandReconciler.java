package dev.berth.controlplane.worker;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.executor.Executor;
import dev.berth.controlplane.executor.ExecutorService;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.loop.Reconciler;
import dev.berth.controlplane.session.Session;
import dev.berth.controlplane.session.SessionProgress;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wishes idle sessions stopped before their idle time where others wait for room. They are saved
 * first, as by any stop. What it decides by may be old by then: each wish is conditional on the use
 * of the session it saw.
 */
@Singleton
public final class DemandReconciler implements Reconciler {
  private static final int AT_ONCE = 100;
  private static final Logger log = LoggerFactory.getLogger(DemandReconciler.class);

  private final Transactions transactions;
  private final SessionProgress sessions;
  private final ExecutorService executors;
  private final WorkerRepository workers;
  private final CopyRepository copies;
  private final Notifications notifications;
  private final DemandConfig config;

  DemandReconciler(
      Transactions transactions,
      SessionProgress sessions,
      ExecutorService executors,
      WorkerRepository workers,
      CopyRepository copies,
      Notifications notifications,
      DemandConfig config) {
    this.transactions = transactions;
    this.sessions = sessions;
    this.executors = executors;
    this.workers = workers;
    this.copies = copies;
    this.notifications = notifications;
    this.config = config;
  }

  @Override
  public String name() {
    return "demand";
  }

  @Override
  public Duration interval() {
    return Duration.ofSeconds(2);
  }

  @Override
  public void runOnce() {
    Map<ProjectId, List<Session>> waiting =
        sessions.waitingFor(Placement.NO_CAPACITY, AT_ONCE).stream()
            .collect(
                Collectors.groupingBy(Session::projectId, LinkedHashMap::new, Collectors.toList()));
    waiting.forEach(this::makeRoom);
  }

  private void makeRoom(ProjectId project, List<Session> waiting) {
    Map<SessionId, Session> idle =
        sessions.unused(project, config.idle(), AT_ONCE).stream()
            .collect(
                Collectors.toMap(
                    Session::id, Function.identity(), (a, b) -> a, LinkedHashMap::new));
    if (idle.isEmpty()) {
      return;
    }
    List<Executor> connected = executors.connected(project);
    var eviction =
        new Eviction(
            workers.tenants(connected.stream().map(Executor::id).toList()),
            List.copyOf(idle.keySet()));
    for (Session session : waiting) {
      var placement =
          new Placement(session, connected, Map.of(), copies.ofSession(session.id()), Set.of());
      for (SessionId leaves : eviction.makeRoom(placement.fitting(), session.spec().limits())) {
        evict(java.util.Objects.requireNonNull(idle.get(leaves)), session);
      }
    }
  }

  private void evict(Session idle, Session waiting) {
    boolean evicted = transactions.call(() -> sessions.evict(idle, waiting.id()));
    log.info("{} is to make room for {}: {}", idle.id(), waiting.id(), evicted);
    if (evicted) {
      notifications.publish("work");
    }
  }
}
