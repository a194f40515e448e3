package dev.berth.executor.workspace;

import dev.berth.common.IdSource;
import java.time.Clock;
import java.util.concurrent.Semaphore;

/**
 * What every copy of a host shares.
 *
 * @param bootId of the running kernel
 * @param heavy lets a few syncs and restores work at once, since each holds some 100 MB at most
 */
record CopyServices(
    Owner owner,
    Clock clock,
    IdSource ids,
    String bootId,
    ObjectStoreClient store,
    Semaphore heavy) {
  private static final int AT_ONCE = 2;

  CopyServices(Owner owner, Clock clock, IdSource ids, String bootId, ObjectStoreClient store) {
    this(owner, clock, ids, bootId, store, new Semaphore(AT_ONCE, true));
  }
}
