package dev.berth.controlplane.snapshot;

import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What an executor asks to be recorded as a snapshot.
 *
 * @param base the snapshot it was made from; null for none
 * @param packs every pack the manifest names, without the manifest's own
 * @param storedBytes of what this sync uploaded
 * @param quiescent nothing could write from the scan's begin to its end
 * @param closed nobody could begin to write since before the scan, nor can the worker's next
 * @param dirtyVersion the newest the executor had been told
 */
public record SnapshotCommit(
    SnapshotId snapshot,
    SessionId session,
    long generation,
    @Nullable SnapshotId base,
    boolean rescued,
    String reason,
    PackId manifest,
    String manifestSha256,
    long manifestBytes,
    Set<PackId> packs,
    long fileCount,
    long logicalBytes,
    long storedBytes,
    List<String> changedDuringSync,
    boolean quiescent,
    boolean closed,
    long dirtyVersion) {

  /** All objects it needs, the manifest among them. */
  Set<PackId> objects() {
    var all = new TreeSet<PackId>((a, b) -> order(a.value(), b.value()));
    all.addAll(packs);
    all.add(manifest);
    return all;
  }

  private static int order(UUID a, UUID b) {
    int high = Long.compareUnsigned(a.getMostSignificantBits(), b.getMostSignificantBits());
    return high != 0
        ? high
        : Long.compareUnsigned(a.getLeastSignificantBits(), b.getLeastSignificantBits());
  }
}
