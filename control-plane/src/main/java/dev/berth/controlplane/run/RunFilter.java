package dev.berth.controlplane.run;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which runs a list is narrowed to; no session, states or prefix mean any. */
record RunFilter(
    ProjectId projectId,
    @Nullable SessionId sessionId,
    Set<RunState> states,
    @Nullable RunIdPrefix prefix) {}
