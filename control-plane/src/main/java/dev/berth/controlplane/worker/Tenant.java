package dev.berth.controlplane.worker;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.executor.Capacity;

/**
 * A live worker as a taker of room.
 *
 * @param leaving it is not wished any more, and nothing is known to keep it from going
 */
record Tenant(SessionId session, ExecutorId executor, Capacity takes, boolean leaving) {}
