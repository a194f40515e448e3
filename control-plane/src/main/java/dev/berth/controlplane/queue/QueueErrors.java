package dev.berth.controlplane.queue;

import dev.berth.common.Id.QueueId;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.errors.ErrorReason;

/** How calls about queues are refused. */
final class QueueErrors {
  private QueueErrors() {}

  static BerthException notFound(String idOrName) {
    return CommonErrors.notFound("queue", idOrName);
  }

  static BerthException nameTaken(String name, QueueId by) {
    return CommonErrors.nameTaken("queue", name, by);
  }

  static BerthException etagStale(Queue queue) {
    return CommonErrors.etagStale("queue", queue.id());
  }

  static BerthException inUse(Queue queue) {
    return BerthException.of(
            ErrorReason.QUEUE_IN_USE,
            "in the queue %s %d runs wait and %d are under way"
                .formatted(queue.name(), queue.waiting(), queue.active()))
        .with("id", queue.id())
        .with("waiting", queue.waiting())
        .with("active", queue.active());
  }

  static BerthException permanent(Queue queue) {
    return BerthException.of(
            ErrorReason.QUEUE_PERMANENT, "the queue " + queue.name() + " is part of its project")
        .with("id", queue.id());
  }
}
