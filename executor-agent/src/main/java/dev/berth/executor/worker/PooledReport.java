package dev.berth.executor.worker;

import dev.berth.common.Id.PooledContainerId;
import org.jspecify.annotations.Nullable;

/**
 * What a pooled container is now.
 *
 * @param failure why it is FAILED
 */
public record PooledReport(PooledContainerId pooled, State state, @Nullable Failure failure) {

  public enum State {
    CREATING,
    READY,
    FAILED,
    REMOVED
  }
}
