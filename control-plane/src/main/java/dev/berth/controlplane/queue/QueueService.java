package dev.berth.controlplane.queue;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.QueueId;
import dev.berth.common.IdSource;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.errors.CommonErrors;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;

/**
 * Queues of a project. The queue {@code default} is made when it is first looked for; so is every
 * project's. A queue is named by its id or its name.
 */
@Singleton
public final class QueueService {
  private final QueueRepository queues;
  private final Transactions transactions;
  private final IdSource ids;

  QueueService(QueueRepository queues, Transactions transactions, IdSource ids) {
    this.queues = queues;
    this.transactions = transactions;
    this.ids = ids;
  }

  Queue get(ProjectId project, String idOrName) {
    ensureDefault(project);
    return parse(idOrName)
        .map(id -> queues.find(project, id))
        .orElseGet(() -> queues.find(project, idOrName))
        .orElseThrow(() -> CommonErrors.notFound("queue", idOrName));
  }

  List<Queue> list(ProjectId project, String after, int limit) {
    ensureDefault(project);
    return queues.list(project, after, limit);
  }

  /**
   * The queue that a new run waits in; empty means {@code default}. In the transaction that makes
   * the run; where the queue has a depth, its row is locked, so that the depth holds.
   */
  public QueueBounds forNewRun(ProjectId project, String idOrName) {
    String wanted = idOrName.isEmpty() ? Queue.DEFAULT : idOrName;
    QueueBounds bounds =
        bounds(project, wanted)
            .or(() -> {
              ensureDefault(project);
              return bounds(project, wanted);
            })
            .orElseThrow(() -> CommonErrors.notFound("queue", wanted));
    if (bounds.maxDepth() > 0) {
      queues.lock(bounds.id());
    }
    return bounds;
  }

  private Optional<QueueBounds> bounds(ProjectId project, String wanted) {
    return parse(wanted)
        .map(id -> queues.bounds(project, id))
        .orElseGet(() -> queues.bounds(project, wanted));
  }

  private void ensureDefault(ProjectId project) {
    transactions.run(() ->
        queues.insert(new QueueId(ids.next()), project, Queue.DEFAULT, Actor.system("queues")));
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
