package dev.berth.controlplane.snapshot;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.loop.Reconciler;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps of each session its newest snapshots, and those that are pinned, rescued or in use; removes
 * the others. Interrupted anywhere, the next step goes on.
 */
@Singleton
final class SnapshotRetention implements Reconciler {
  private static final int SESSIONS = 100;
  private static final int SNAPSHOTS = 100;
  private static final Logger log = LoggerFactory.getLogger(SnapshotRetention.class);

  private final SnapshotRemoval removal;
  private final CollectionConfig config;

  SnapshotRetention(SnapshotRemoval removal, CollectionConfig config) {
    this.removal = removal;
    this.config = config;
  }

  @Override
  public String name() {
    return "snapshot-retention";
  }

  @Override
  public Duration interval() {
    return config.interval();
  }

  @Override
  public void runOnce() {
    List<SessionId> overfull = removal.overfull(SESSIONS);
    for (SessionId session : overfull) {
      try {
        int removed = removal.removeSurplus(session, SNAPSHOTS);
        log.debug("{}: {} snapshots are removed", session, removed);
      } catch (BerthException e) {
        log.debug("{}: a snapshot went meanwhile", session, e);
      }
    }
  }
}
