package dev.berth.controlplane.snapshot;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Transactions;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Snapshots that have been made. Reads join the caller's transaction, if there is one. */
@Singleton
public class SnapshotService {

  private final Transactions transactions;
  private final SnapshotRepository snapshots;
  private final SnapshotEvents events;

  SnapshotService(Transactions transactions, SnapshotRepository snapshots, SnapshotEvents events) {
    this.transactions = transactions;
    this.snapshots = snapshots;
    this.events = events;
  }

  /** What an executor needs to restore the snapshot; NOT_FOUND where there is none such. */
  public SnapshotRef ref(SnapshotId id) {
    return snapshots.ref(id).orElseThrow(() -> SnapshotErrors.notFound(id));
  }

  /** The session's head; empty where it has none. */
  public Optional<Snapshot> head(SessionId session) {
    return snapshots.head(session);
  }

  Snapshot get(SnapshotId id, ProjectId project) {
    return snapshots.find(id, project).orElseThrow(() -> SnapshotErrors.notFound(id));
  }

  /**
   * Changes labels and pinned.
   *
   * @param version null for whatever it is now
   * @throws dev.berth.controlplane.platform.errors.BerthException NOT_FOUND, ETAG_STALE
   */
  Snapshot update(
      SnapshotId id,
      ProjectId project,
      @Nullable Long version,
      Actor actor,
      Function<Snapshot, SnapshotChange> change) {
    return transactions.call(() -> {
      Snapshot old = get(id, project);
      if (version != null && version != old.version()
          || !snapshots.update(old, change.apply(old))) {
        throw SnapshotErrors.etagStale(id);
      }
      events.updated(old, actor);
      return get(id, project);
    });
  }

  /** Newest first; of all sessions where {@code session} is null. */
  List<Snapshot> list(
      ProjectId project, @Nullable SessionId session, @Nullable SnapshotId before, int limit) {
    return snapshots.list(project, session, before, limit);
  }
}
