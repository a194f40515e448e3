package dev.berth.controlplane.artifact;

import dev.berth.controlplane.event.EventService;
import dev.berth.controlplane.event.NewEvent;
import dev.berth.controlplane.platform.auth.Actor;
import jakarta.inject.Singleton;
import java.util.Map;

/** What the project's feed says of artifacts that are files. Joins the caller's transaction. */
@Singleton
class ArtifactEvents {
  private final EventService events;

  ArtifactEvents(EventService events) {
    this.events = events;
  }

  void created(Artifact artifact) {
    events.record(
        fact(artifact, "artifact.created", "Kept " + artifact.path(), artifact.createdBy()));
  }

  void deleted(Artifact artifact, Actor actor) {
    events.record(fact(artifact, "artifact.deleted", "Deleted " + artifact.path(), actor));
  }

  private static NewEvent fact(Artifact artifact, String type, String message, Actor actor) {
    return new NewEvent(
        artifact.projectId(),
        type,
        "artifact",
        artifact.id().toString(),
        artifact.sessionId(),
        message,
        Map.of(
            "path", artifact.path(),
            "size_bytes", artifact.sizeBytes(),
            "run_id", artifact.runId() == null ? "" : artifact.runId().toString()),
        actor,
        "");
  }
}
