package dev.berth.executor.workspace;

import dev.berth.common.IdSource;
import java.time.Clock;

/**
 * What every copy of a host shares.
 *
 * @param bootId of the running kernel
 */
record CopyServices(
    Owner owner, Clock clock, IdSource ids, String bootId, ObjectStoreClient store) {}
