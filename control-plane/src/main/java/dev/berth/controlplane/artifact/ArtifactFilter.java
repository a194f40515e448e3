package dev.berth.controlplane.artifact;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import org.jspecify.annotations.Nullable;

/** Which artifacts to list; null means any. */
record ArtifactFilter(
    ProjectId project,
    @Nullable SessionId session,
    @Nullable RunId run,
    @Nullable ArtifactKind kind) {}
