package dev.berth.controlplane.snapshot;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Snapshots that have been made. Reads join the caller's transaction, if there is one. */
@Singleton
public class SnapshotService {

  private final SnapshotRepository snapshots;

  SnapshotService(SnapshotRepository snapshots) {
    this.snapshots = snapshots;
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

  /** Newest first; of all sessions where {@code session} is null. */
  List<Snapshot> list(
      ProjectId project, @Nullable SessionId session, @Nullable SnapshotId before, int limit) {
    return snapshots.list(project, session, before, limit);
  }
}
