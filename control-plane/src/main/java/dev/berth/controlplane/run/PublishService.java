package dev.berth.controlplane.run;

import dev.berth.controlplane.artifact.AttemptArtifacts;
import dev.berth.controlplane.conversation.ConversationService;
import dev.berth.controlplane.platform.config.DatabaseConfig;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.run.BatchResult.Status;
import dev.berth.controlplane.run.RunEventRepository.Cursor;
import jakarta.inject.Singleton;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies batches of events. The cursor's update numbers, fences and de-duplicates: a batch is
 * applied exactly once, where the cursor stands at its beginning, or changes nothing.
 *
 * <p>Whatever executors send, half of the connections to the database stay free for everyone else:
 * further batches wait their turn.
 */
@Singleton
public class PublishService {
  private static final Logger log = LoggerFactory.getLogger(PublishService.class);

  private final Transactions transactions;
  private final RunRepository runs;
  private final RunEventRepository events;
  private final SettlementRepository settlements;
  private final SettlementService settlement;
  private final LargePayloads payloads;
  private final AttemptArtifacts artifacts;
  private final ConversationService conversations;
  private final Notifications notifications;
  private final Semaphore connections;

  PublishService(
      Transactions transactions,
      RunRepository runs,
      RunEventRepository events,
      SettlementRepository settlements,
      SettlementService settlement,
      LargePayloads payloads,
      AttemptArtifacts artifacts,
      ConversationService conversations,
      Notifications notifications,
      DatabaseConfig database) {
    this.transactions = transactions;
    this.runs = runs;
    this.events = events;
    this.settlements = settlements;
    this.settlement = settlement;
    this.payloads = payloads;
    this.artifacts = artifacts;
    this.conversations = conversations;
    this.notifications = notifications;
    this.connections = new Semaphore(Math.max(1, database.poolSize() / 2), true);
  }

  /**
   * Commits the batch, or says why not. Events that the database refuses whatever is done become
   * one warning, so that a bad batch is never a stuck one.
   */
  BatchResult apply(EventBatch said) {
    EventBatch batch = payloads.kept(said);
    connections.acquireUninterruptibly();
    try {
      return applyOnce(batch);
    } catch (RefusedEventsException e) {
      log.warn("{} of {}: its events are refused and dropped", batch.attempt(), batch.run(), e);
      return applyOnce(RunEventProtoMapper.withoutEvents(batch));
    } finally {
      connections.release();
    }
  }

  private BatchResult applyOnce(EventBatch batch) {
    if (batch.isPlain()) {
      OptionalLong last = events.append(batch);
      if (last.isEmpty()) {
        return explain(batch);
      }
      notifications.publish("run:" + batch.run());
      return new BatchResult(Status.OK, batch.to(), last.getAsLong(), false);
    }
    return transactions.call(() -> applyChange(batch));
  }

  private BatchResult applyChange(EventBatch batch) {
    Run run =
        (batch.end() == null ? runs.lock(batch.run()) : settlement.lockForEnd(batch.run()))
            .orElse(null);
    if (run == null || run.attempt() == null || !run.isHeldBy(batch.executor(), batch.attempt())) {
      return explain(batch);
    }
    OptionalLong appended = events.append(RunEventProtoMapper.completed(batch, run.attempt()));
    if (appended.isEmpty()) {
      return explain(batch);
    }
    artifacts.recorded(batch.payloads());
    if (run.state() == RunState.STARTING && batch.started() != null) {
      settlements.markRunning(run.id(), batch.started().imageDigest());
      run = runs.lock(run.id()).orElseThrow();
      if (run.spec().interactive() || run.spec().agent() != null) {
        // What it was given before it had a process waits for that.
        notifications.publish("executor:" + batch.executor());
      }
    }
    if (batch.conversation() != null && run.conversationId() != null) {
      conversations.named(run.conversationId(), batch.conversation());
    }
    long last = appended.getAsLong();
    if (batch.end() != null) {
      settlement.endAttempt(run, run.attempt(), batch.end(), true);
      last = events.cursor(batch.run()).orElseThrow().lastSeq();
    }
    notifications.publish("run:" + batch.run());
    return new BatchResult(Status.OK, batch.to(), last, batch.end() != null);
  }

  /**
   * Why a batch was not applied: it was before, its sender is stale, or one before it is missing.
   */
  private BatchResult explain(EventBatch batch) {
    Cursor cursor = events.cursor(batch.run()).orElse(null);
    if (cursor == null) {
      return new BatchResult(Status.STALE, Position.START, 0, false);
    }
    if (batch.attempt().equals(cursor.attempt()) && batch.executor().equals(cursor.executor())) {
      Status status = batch.to().compareTo(cursor.position()) <= 0 ? Status.OK : Status.GAP;
      return new BatchResult(status, cursor.position(), cursor.lastSeq(), false);
    }
    if (events.hasReportedEnd(batch.run(), batch.attempt(), batch.executor())) {
      return new BatchResult(Status.OK, batch.to(), cursor.lastSeq(), true);
    }
    return new BatchResult(Status.STALE, Position.START, 0, false);
  }
}
