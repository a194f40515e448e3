package dev.berth.controlplane.queue;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.QueueId;
import dev.berth.common.IdSource;
import dev.berth.controlplane.event.EventService;
import dev.berth.controlplane.event.NewEvent;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import jakarta.inject.Singleton;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What users do to queues. The queue {@code default} is made when it is first looked for; so is
 * every project's. A queue is named by its id or its name.
 */
@Singleton
public final class QueueService {
  /** Told when runs that waited for their queue may start. */
  public static final String TOPIC = "queues";

  private final QueueRepository queues;
  private final QueueStatsRepository stats;
  private final EventService events;
  private final Transactions transactions;
  private final Notifications notifications;
  private final IdSource ids;

  QueueService(
      QueueRepository queues,
      QueueStatsRepository stats,
      EventService events,
      Transactions transactions,
      Notifications notifications,
      IdSource ids) {
    this.queues = queues;
    this.stats = stats;
    this.events = events;
    this.transactions = transactions;
    this.notifications = notifications;
    this.ids = ids;
  }

  Queue create(ProjectId project, String name, QueueChange wanted, Actor actor) {
    ensureDefault(project);
    return transactions.call(() -> {
      QueueId id = new QueueId(ids.next());
      if (!queues.insert(id, project, name, wanted, actor)) {
        throw QueueErrors.nameTaken(name, queues.find(project, name).map(Queue::id).orElse(id));
      }
      Queue made = queues.find(project, id).orElseThrow();
      changed(made, actor, "queue.created", "Created");
      return made;
    });
  }

  Queue get(ProjectId project, String idOrName) {
    ensureDefault(project);
    return find(project, idOrName);
  }

  /** The queue's id, or NOT_FOUND where the project has none such. */
  public QueueId idOf(ProjectId project, String idOrName) {
    return get(project, idOrName).id();
  }

  List<Queue> list(ProjectId project, String after, int limit) {
    ensureDefault(project);
    return queues.list(project, after, limit);
  }

  QueueStats stats(ProjectId project, String idOrName) {
    return transactions.call(() -> stats.of(get(project, idOrName)));
  }

  Queue update(
      ProjectId project,
      String idOrName,
      @Nullable Long version,
      UnaryOperator<QueueChange> change,
      Actor actor) {
    return locked(
        project,
        idOrName,
        version,
        old -> {
          QueueChange wanted = change.apply(old.wanted());
          if (!wanted.spec().key().equals(old.wanted().spec().key())) {
            requireUnused(old);
          }
          queues.update(old.id(), wanted);
          changed(old, actor, "queue.updated", "Updated");
          return find(project, old.id().toString());
        });
  }

  void delete(ProjectId project, String idOrName, @Nullable Long version, Actor actor) {
    QueueId deleted =
        locked(
            project,
            idOrName,
            version,
            old -> {
              if (old.name().equals(Queue.DEFAULT)) {
                throw QueueErrors.permanent(old);
              }
              requireUnused(old);
              queues.delete(old.id());
              changed(old, actor, "queue.deleted", "Deleted");
              return old.id();
            });
    assert deleted != null;
  }

  /** Has no run of it start, or has them start again; does nothing where that is so already. */
  Queue pause(ProjectId project, String idOrName, boolean paused, Actor actor) {
    return locked(
        project,
        idOrName,
        null,
        old -> {
          if (old.paused() == paused) {
            return old;
          }
          queues.pause(old.id(), paused);
          changed(
              old,
              actor,
              paused ? "queue.paused" : "queue.resumed",
              paused ? "Paused: no run of it starts" : "Resumed");
          return find(project, old.id().toString());
        });
  }

  /** Removes the rows of deleted queues of which no run is kept any more. */
  public void removeRemains() {
    transactions.run(queues::removeDeleted);
  }

  /**
   * The queues that new runs wait in, by what they call them; empty means {@code default}. In the
   * transaction that makes the runs: until it ends nobody deletes a queue, or gives it another key;
   * where a queue has a depth, nobody else puts a run in it.
   */
  public Map<String, QueueBounds> forNewRuns(ProjectId project, Set<String> idsOrNames) {
    Map<String, QueueBounds> found = new HashMap<>();
    idsOrNames.forEach(idOrName -> found.put(idOrName, forNewRun(project, idOrName)));
    found.values().stream()
        .filter(queue -> queue.maxDepth() > 0)
        .map(QueueBounds::id)
        .distinct()
        .sorted(Comparator.comparing(QueueId::toString))
        .forEach(queues::lockDepth);
    return found;
  }

  private QueueBounds forNewRun(ProjectId project, String idOrName) {
    String wanted = idOrName.isEmpty() ? Queue.DEFAULT : idOrName;
    return bounds(project, wanted)
        .or(() -> {
          ensureDefault(project);
          return bounds(project, wanted);
        })
        .orElseThrow(() -> QueueErrors.notFound(wanted));
  }

  private Optional<QueueBounds> bounds(ProjectId project, String wanted) {
    return parse(wanted)
        .map(id -> queues.bounds(project, id))
        .orElseGet(() -> queues.bounds(project, wanted));
  }

  private Queue find(ProjectId project, String idOrName) {
    return parse(idOrName)
        .map(id -> queues.find(project, id))
        .orElseGet(() -> queues.find(project, idOrName))
        .orElseThrow(() -> QueueErrors.notFound(idOrName));
  }

  /** Nobody else changes the queue, or makes runs in it, until the action has ended. */
  private <T> T locked(
      ProjectId project, String idOrName, @Nullable Long version, Function<Queue, T> action) {
    ensureDefault(project);
    return transactions.call(() -> {
      queues.lock(find(project, idOrName).id());
      Queue old = find(project, idOrName);
      if (version != null && version != old.version()) {
        throw QueueErrors.etagStale(old);
      }
      return action.apply(old);
    });
  }

  private static void requireUnused(Queue queue) {
    if (queue.waiting() > 0 || queue.active() > 0) {
      throw QueueErrors.inUse(queue);
    }
  }

  private void changed(Queue queue, Actor actor, String type, String message) {
    events.record(
        new NewEvent(
            queue.projectId(),
            type,
            "queue",
            queue.id().toString(),
            null,
            message,
            Map.of("name", queue.name()),
            actor,
            ""));
    notifications.publish(TOPIC);
    notifications.publish("work");
  }

  private void ensureDefault(ProjectId project) {
    if (queues.exists(project, Queue.DEFAULT)) {
      return;
    }
    transactions.run(() -> {
      boolean made =
          queues.insert(
              new QueueId(ids.next()),
              project,
              Queue.DEFAULT,
              new QueueChange(
                  Map.of(),
                  new QueueSpec(
                      0, 0, QueueKey.NONE, 0, RateLimit.NONE, RateLimit.NONE, RunDefaults.NONE)),
              Actor.system("queues"));
      assert made || queues.exists(project, Queue.DEFAULT);
    });
  }

  /** A name that reads like an id is one. */
  private static Optional<QueueId> parse(String text) {
    try {
      return Optional.of(QueueId.parse(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
