package dev.berth.controlplane.snapshot;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.event.EventService;
import dev.berth.controlplane.event.NewEvent;
import dev.berth.controlplane.platform.auth.Actor;
import jakarta.inject.Singleton;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the project's feed says of snapshots. */
@Singleton
class SnapshotEvents {

  private final EventService events;

  SnapshotEvents(EventService events) {
    this.events = events;
  }

  /** Joins the caller's transaction. */
  void synced(
      ProjectId project,
      ExecutorId executor,
      SnapshotCommit commit,
      CommitRepository.@Nullable RunMark mark,
      boolean clean) {
    events.record(
        new NewEvent(
            project,
            "workspace.synced",
            "session",
            commit.session().toString(),
            commit.session(),
            commit.rescued()
                ? "Saved what a given-up worker held"
                : "Saved %d files".formatted(commit.fileCount()),
            Map.of(
                "snapshot_id", commit.snapshot().toString(),
                "kind", (commit.rescued() ? SnapshotKind.RESCUED : SnapshotKind.NORMAL).name(),
                "reason", commit.reason(),
                "worker_generation", commit.generation(),
                "file_count", commit.fileCount(),
                "logical_bytes", commit.logicalBytes(),
                "stored_bytes", commit.storedBytes(),
                "clean", clean,
                "run_id", mark == null ? "" : mark.run().toString(),
                "changed_during_sync", commit.changedDuringSync().size()),
            new Actor(Actor.Kind.EXECUTOR, executor.toString(), null),
            ""));
  }

  /** Joins the caller's transaction. */
  void updated(Snapshot snapshot, Actor actor) {
    events.record(fact(snapshot, actor, "snapshot.updated", "Updated", Map.of()));
  }

  /** Joins the caller's transaction. */
  void deleted(Snapshot snapshot, Actor actor, String message, int doomedPacks) {
    events.record(
        fact(snapshot, actor, "snapshot.deleted", message, Map.of("doomed_packs", doomedPacks)));
  }

  private static NewEvent fact(
      Snapshot snapshot, Actor actor, String type, String message, Map<String, Object> attributes) {
    return new NewEvent(
        snapshot.project(),
        type,
        "snapshot",
        snapshot.id().toString(),
        snapshot.session(),
        message,
        attributes,
        actor,
        "");
  }
}
