package dev.berth.controlplane.pool;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.PoolId;
import dev.berth.common.Id.PooledContainerId;
import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.executor.Capacity;
import org.jspecify.annotations.Nullable;

/**
 * A pooled container's row, which is also its order.
 *
 * @param poolId null once the pool is deleted
 * @param wanted whether it is to be there
 * @param orderNumber rises each time it is to be made anew
 * @param failures in a row
 */
record PooledContainer(
    PooledContainerId id,
    ProjectId projectId,
    @Nullable PoolId poolId,
    ExecutorId executorId,
    String image,
    Capacity takes,
    int pids,
    String fitKey,
    boolean wanted,
    PooledState state,
    long orderNumber,
    int failures,
    String reason,
    String message) {

  /** Whether it was made as the pool's are to be now. */
  boolean fits(Pool pool) {
    return fitKey.equals(pool.fitKey());
  }

  /** Whether it takes of its executor's capacity: a claimed one's worker does. */
  boolean takesRoom() {
    return wanted && state != PooledState.CLAIMED && state != PooledState.FAILED;
  }
}
