package dev.berth.controlplane.snapshot;

import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SnapshotId;

/**
 * A snapshot as an executor needs it to restore it.
 *
 * @param manifestSha256 lower-case hexadecimal
 */
public record SnapshotRef(
    SnapshotId snapshot, PackId manifest, String manifestSha256, long manifestBytes) {}
