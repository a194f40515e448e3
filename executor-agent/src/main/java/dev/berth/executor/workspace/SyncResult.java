package dev.berth.executor.workspace;

import java.util.List;

/**
 * @param snapshot what holds the files now; the base itself where nothing had changed
 * @param clean whether the control plane holds the copy for clean now
 * @param storedBytes uploaded
 * @param changedDuringSync files written while they were read, for people; at most 100
 */
public record SyncResult(
    SnapshotRef snapshot,
    boolean clean,
    long fileCount,
    long logicalBytes,
    long storedBytes,
    List<String> changedDuringSync) {
  public SyncResult {
    changedDuringSync = List.copyOf(changedDuringSync);
  }
}
