package dev.berth.executor.workspace;

import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SnapshotId;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A snapshot whose objects are all stored.
 *
 * @param base the snapshot it was made from
 * @param rescued a save from a given-up worker, which never becomes the head
 * @param packs every pack the manifest names, old ones too, without the manifest's own object
 * @param logicalBytes sum of the sizes of all files
 * @param storedBytes uploaded for this one, the manifest included
 * @param changedDuringSync at most 100 paths, for people
 * @param quiescent nothing could write while it was made
 * @param dirtyVersion as in the order
 */
public record CommitRequest(
    SnapshotRef snapshot,
    long generation,
    Optional<SnapshotId> base,
    boolean rescued,
    String reason,
    Set<PackId> packs,
    long fileCount,
    long logicalBytes,
    long storedBytes,
    List<String> changedDuringSync,
    boolean quiescent,
    long dirtyVersion) {
  public CommitRequest {
    packs = Set.copyOf(packs);
    changedDuringSync = List.copyOf(changedDuringSync);
  }
}
