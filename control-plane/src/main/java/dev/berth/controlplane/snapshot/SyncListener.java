package dev.berth.controlplane.snapshot;

/** Who wants to know that a session's head has moved. Implemented by {@code run}. */
public interface SyncListener {

  /** In the transaction of the commit, which holds the session's lock. */
  void synced(SnapshotCommit commit);
}
