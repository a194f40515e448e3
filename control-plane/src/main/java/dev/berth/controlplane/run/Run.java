package dev.berth.controlplane.run;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ConversationId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.QueueId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;
import dev.berth.controlplane.platform.auth.Actor;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A run's row, and the number of its newest event. {@code version} is the etag. {@code end} is set
 * exactly where the state is terminal; {@code sessionId} where its provider needs a worker. {@code
 * falseStarts} counts the claims in a row that were taken back because the worker was lost before a
 * process began. {@code conversationId} is set exactly where its spec has an agent.
 */
public record Run(
    RunId id,
    ProjectId projectId,
    @Nullable String name,
    Map<String, String> labels,
    long version,
    Instant createTime,
    Instant updateTime,
    Actor createdBy,
    Lineage lineage,
    @Nullable SessionId sessionId,
    @Nullable ConversationId conversationId,
    QueueId queueId,
    boolean throwawaySession,
    RunSpec spec,
    RunState state,
    @Nullable Instant notBefore,
    int attempts,
    int falseStarts,
    @Nullable Attempt attempt,
    Times times,
    @Nullable RunEnd end,
    Redrive redrive,
    long lastSeq) {

  /** The dead letter that it runs again, and the run that runs it again. */
  public record Redrive(@Nullable RunId of, @Nullable RunId as) {}

  /** Who caused it, and what belongs together. Immutable. */
  public record Lineage(
      @Nullable RunId parentId,
      RunId rootId,
      int depth,
      String originKind,
      String originId,
      String correlationId,
      String traceId) {}

  /**
   * The attempt under way, or the last one: where it was claimed to. Without a session there is no
   * worker, and {@code generation} is 0.
   */
  public record Attempt(
      AttemptId id,
      int number,
      Instant startTime,
      @Nullable WorkerId workerId,
      ExecutorId executorId,
      long generation,
      String imageDigest) {}

  /**
   * When a process of it first ran, when it ended, when it was to be ended, when given up.
   *
   * @param overdue whether it was to be ended because its deadline had passed
   */
  public record Times(
      @Nullable Instant start,
      @Nullable Instant end,
      @Nullable Instant cancelRequested,
      boolean overdue,
      @Nullable Instant deadLettered) {}

  /** Whether the attempt is the one under way, by the executor that holds it. */
  boolean isHeldBy(ExecutorId executor, AttemptId wanted) {
    return state.active()
        && attempt != null
        && attempt.id().equals(wanted)
        && attempt.executorId().equals(executor);
  }
}
