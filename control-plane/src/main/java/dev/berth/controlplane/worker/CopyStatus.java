package dev.berth.controlplane.worker;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import org.jspecify.annotations.Nullable;

/**
 * What an executor says of a copy.
 *
 * @param order the order it answers; 0 for none
 */
record CopyStatus(
    ExecutorId executor,
    SessionId session,
    long generation,
    @Nullable SnapshotId base,
    boolean present,
    long diskBytes,
    String instance,
    long order,
    @Nullable Failure failure) {}
