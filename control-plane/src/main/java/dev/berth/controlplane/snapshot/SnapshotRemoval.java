package dev.berth.controlplane.snapshot;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.session.SessionService;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Removes snapshots. In one transaction the snapshot goes and the packs that only it named are
 * doomed; the collector takes their objects afterwards. Locks the session, the snapshot, then the
 * packs in the order of their ids, as commits do.
 */
@Singleton
class SnapshotRemoval {
  private final Transactions transactions;
  private final SessionService sessions;
  private final SnapshotRepository snapshots;
  private final SnapshotRemovalRepository removal;
  private final SnapshotEvents events;
  private final Notifications notifications;

  SnapshotRemoval(
      Transactions transactions,
      SessionService sessions,
      SnapshotRepository snapshots,
      SnapshotRemovalRepository removal,
      SnapshotEvents events,
      Notifications notifications) {
    this.transactions = transactions;
    this.sessions = sessions;
    this.snapshots = snapshots;
    this.removal = removal;
    this.events = events;
    this.notifications = notifications;
  }

  /**
   * Removes one as a user wishes.
   *
   * @param version null for whatever it is now
   * @throws dev.berth.controlplane.platform.errors.BerthException NOT_FOUND, ETAG_STALE,
   *     SNAPSHOT_IN_USE
   */
  void remove(SnapshotId id, ProjectId project, @Nullable Long version, Actor actor) {
    transactions.run(() -> {
      Snapshot snapshot = lock(id, project);
      if (version != null && version != snapshot.version()) {
        throw SnapshotErrors.etagStale(id);
      }
      Optional<SnapshotUse> use = removal.use(id);
      if (use.isPresent()) {
        throw SnapshotErrors.inUse(id, use.get());
      }
      remove(snapshot, actor, "Deleted");
    });
  }

  private Snapshot lock(SnapshotId id, ProjectId project) {
    Snapshot found = snapshots.find(id, project).orElseThrow(() -> SnapshotErrors.notFound(id));
    sessions.lock(project, found.session());
    if (!removal.lock(id)) {
      throw SnapshotErrors.notFound(id);
    }
    return snapshots.find(id, project).orElseThrow(() -> SnapshotErrors.notFound(id));
  }

  private void remove(Snapshot snapshot, Actor actor, String message) {
    int doomed = removal.doomUnnamed(removal.remove(snapshot.id()));
    events.deleted(snapshot, actor, message, doomed);
    notifications.publish("session:" + snapshot.session());
  }

  /** Sessions that have more than they keep. */
  List<SessionId> overfull(int limit) {
    return removal.overfull(limit);
  }

  /**
   * Removes up to {@code limit} snapshots that the session need not keep, each in a transaction of
   * its own, oldest first.
   *
   * @return how many
   */
  int removeSurplus(SessionId session, int limit) {
    int removed = 0;
    for (SnapshotId id : removal.surplus(session, limit)) {
      removed += transactions.call(() -> removeIfSurplus(session, id)) ? 1 : 0;
    }
    return removed;
  }

  /** Looks again under the locks: it may have been pinned, or a session made of it. */
  private boolean removeIfSurplus(SessionId session, SnapshotId id) {
    Optional<ProjectId> project = snapshots.projectOf(id);
    if (project.isEmpty()) {
      return false;
    }
    Snapshot snapshot = lock(id, project.get());
    if (!snapshot.session().equals(session) || removal.use(id).isPresent()) {
      return false;
    }
    remove(snapshot, Actor.system("snapshot-retention"), "Newer ones are kept");
    return true;
  }
}
