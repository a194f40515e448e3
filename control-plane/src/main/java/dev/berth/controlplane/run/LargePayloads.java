package dev.berth.controlplane.run;

import dev.berth.common.RetryPolicy;
import dev.berth.controlplane.artifact.AttemptArtifacts;
import dev.berth.controlplane.artifact.AttemptArtifacts.Payload;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.ErrorReason;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps payloads that are too large for an event as artifacts, before the events that refer to them
 * are recorded. A store that stays away makes no batch stuck: what could not be kept is dropped,
 * and the event in its place says so.
 */
@Singleton
class LargePayloads {
  private static final RetryPolicy RETRY =
      new RetryPolicy(Duration.ofMillis(200), Duration.ofSeconds(2));
  private static final int TRIES = 4;
  private static final Logger log = LoggerFactory.getLogger(LargePayloads.class);

  private final RunEventRepository events;
  private final AttemptArtifacts artifacts;

  LargePayloads(RunEventRepository events, AttemptArtifacts artifacts) {
    this.events = events;
    this.artifacts = artifacts;
  }

  /**
   * The batch with no payload that is too large. Calls the object store: never in a transaction.
   */
  EventBatch kept(EventBatch batch) {
    if (batch.events().stream().noneMatch(NewEvent::isTooLarge)) {
      return batch;
    }
    // One that is not next is not recorded either: a replay, or a stale one.
    boolean next =
        events
            .cursor(batch.run())
            .filter(cursor -> cursor.position().equals(batch.from()))
            .isPresent();
    return batch.withEvents(
        batch.events().stream()
            .map(event -> event.isTooLarge() ? small(batch, event, next) : event)
            .toList());
  }

  private NewEvent small(EventBatch batch, NewEvent event, boolean keep) {
    for (int failures = 0; keep && failures < TRIES; ) {
      try {
        Payload payload =
            artifacts.store(batch.executor(), batch.run(), batch.attempt(), event.payload());
        return RunEventProtoMapper.referring(event, payload);
      } catch (BerthException e) {
        if (e.reason() != ErrorReason.STORE_UNAVAILABLE) {
          break;
        }
        failures++;
        log.warn("{}: a payload of {} could not be kept", batch.run(), event.type(), e);
        LockSupport.parkNanos(RETRY.delay(failures, ThreadLocalRandom.current()).toNanos());
      }
    }
    return RunEventProtoMapper.dropped(event);
  }
}
