package dev.berth.executor.workspace;

import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.format.Sha256;

/**
 * A snapshot and where its manifest is.
 *
 * @param manifestSha256 of the manifest object's bytes
 * @param manifestBytes the object's size
 */
public record SnapshotRef(
    SnapshotId id, PackId manifest, Sha256 manifestSha256, long manifestBytes) {}
