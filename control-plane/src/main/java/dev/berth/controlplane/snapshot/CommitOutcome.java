package dev.berth.controlplane.snapshot;

import dev.berth.common.Id.SnapshotId;
import org.jspecify.annotations.Nullable;

/**
 * @param clean whether the copy holds nothing that no snapshot has
 * @param head the session's head after it; null for none
 */
record CommitOutcome(boolean clean, @Nullable SnapshotId head) {}
