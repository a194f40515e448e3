package dev.berth.controlplane.worker;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;
import org.jspecify.annotations.Nullable;

/**
 * What an executor says of a worker.
 *
 * @param unsaved with READY: its copy holds what its base does not
 */
record WorkerStatus(
    ExecutorId executor,
    WorkerId worker,
    SessionId session,
    long generation,
    WorkerState state,
    Worker.Progress progress,
    String containerRef,
    String imageDigest,
    @Nullable Failure failure,
    boolean unsaved) {}
