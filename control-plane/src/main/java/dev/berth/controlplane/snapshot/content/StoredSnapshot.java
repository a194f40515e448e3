package dev.berth.controlplane.snapshot.content;

import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SnapshotId;
import java.util.Map;

/**
 * A snapshot and where its objects are.
 *
 * @param packs every pack its manifest may name
 */
public record StoredSnapshot(
    SnapshotId id, StoredObject manifest, Map<PackId, StoredObject> packs) {}
