package dev.berth.executor.worker;

import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;
import org.jspecify.annotations.Nullable;

/**
 * What a worker is now.
 *
 * @param state null where nothing of it is left: removed
 * @param phase while PREPARING: {@code restore}, {@code link} or {@code validate}; {@code sync}
 *     while it is saved
 * @param unsaved with READY: the copy holds what its base does not
 */
public record WorkerReport(
    WorkerId worker,
    SessionId session,
    long generation,
    @Nullable WorkerState state,
    String phase,
    long progressBytes,
    long totalBytes,
    String containerId,
    String imageDigest,
    @Nullable Failure failure,
    boolean unsaved) {}
