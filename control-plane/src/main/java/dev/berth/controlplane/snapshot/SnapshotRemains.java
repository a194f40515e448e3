package dev.berth.controlplane.snapshot;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.session.SessionRemains;
import jakarta.inject.Singleton;

/**
 * Snapshots of a session that is removed, then their packs: those are doomed here, and the
 * collector takes the object and then the row of each. Until it has, the tombstone stays, and also
 * while something of another session stands on one of them.
 */
@Singleton
final class SnapshotRemains implements SessionRemains {
  private static final int SNAPSHOTS = 100;

  private final SnapshotRemainsRepository snapshots;

  SnapshotRemains(SnapshotRemainsRepository snapshots) {
    this.snapshots = snapshots;
  }

  @Override
  public Layer layer() {
    return Layer.SNAPSHOTS;
  }

  @Override
  public Progress remove(SessionId session) {
    snapshots.clearHead(session);
    if (snapshots.deleteNewest(session, SNAPSHOTS) > 0) {
      return Progress.MORE;
    }
    snapshots.doomUnnamedPacks(session);
    return snapshots.anyLeft(session) ? Progress.WAITING : Progress.NOTHING_LEFT;
  }
}
