package dev.berth.controlplane.pool;

/** What a pooled container is. The names are those of the database. */
enum PooledState {
  /** Ordered. */
  CREATING,
  /** It runs, and may be claimed. */
  READY,
  /** Bound to a worker. */
  CLAIMED,
  /** Could not be made or kept; ordered again later. */
  FAILED
}
