package dev.berth.controlplane.worker;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import org.jspecify.annotations.Nullable;

/** Which workers a list shows; null does not narrow. */
public record WorkerFilter(
    ProjectId projectId,
    @Nullable SessionId sessionId,
    @Nullable ExecutorId executorId,
    boolean showRemoved) {}
