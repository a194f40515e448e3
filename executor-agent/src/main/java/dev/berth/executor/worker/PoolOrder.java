package dev.berth.executor.worker;

import dev.berth.common.Id.PooledContainerId;

/** What the control plane's rows say of a pooled container. Idempotent by its id. */
public sealed interface PoolOrder {

  PooledContainerId pooled();

  /** Make and start it, and keep it for a session to come. */
  record Make(PooledContainerId pooled, String image, WorkerLimits limits) implements PoolOrder {}

  /** Remove it with its disk, unless a worker has taken it. */
  record Remove(PooledContainerId pooled) implements PoolOrder {}
}
