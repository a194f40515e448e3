package dev.berth.controlplane.run;

import dev.berth.common.Id.ArtifactId;
import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.RunId;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Events of one attempt between two positions of its journal, as its executor sent them.
 *
 * @param started set where one of the events says that the process began
 * @param conversation what the program calls its conversation, where one of the events says so
 * @param end set in the last batch of the attempt
 */
record EventBatch(
    ExecutorId executor,
    RunId run,
    AttemptId attempt,
    Position from,
    Position to,
    List<NewEvent> events,
    @Nullable Started started,
    @Nullable String conversation,
    @Nullable AttemptEnd end) {

  /** The image that the worker really runs. */
  record Started(String imageDigest) {}

  /** Whether the batch only adds events, whole ones. */
  boolean isPlain() {
    return started == null && conversation == null && end == null && payloads().isEmpty();
  }

  /** The artifacts that its events refer to. */
  List<ArtifactId> payloads() {
    return events.stream().map(NewEvent::kept).filter(Objects::nonNull).toList();
  }

  EventBatch withEvents(List<NewEvent> others) {
    return new EventBatch(executor, run, attempt, from, to, others, started, conversation, end);
  }

  /** Whether both only add events to the same attempt, {@code next} where this one ends. */
  boolean isFollowedBy(EventBatch next) {
    return isPlain() && next.isPlain() && attempt.equals(next.attempt) && to.equals(next.from);
  }

  /** Batches that each follow the one before, as one. */
  static EventBatch joined(List<EventBatch> batches) {
    EventBatch first = batches.getFirst();
    return new EventBatch(
        first.executor,
        first.run,
        first.attempt,
        first.from,
        batches.getLast().to,
        batches.stream().flatMap(batch -> batch.events.stream()).toList(),
        null,
        null,
        null);
  }
}
