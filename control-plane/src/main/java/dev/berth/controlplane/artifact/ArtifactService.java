package dev.berth.controlplane.artifact;

import dev.berth.common.Id.ArtifactId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Transactions;
import jakarta.inject.Singleton;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Artifacts that are there. Reads join the caller's transaction, if there is one. */
@Singleton
class ArtifactService {
  private final Transactions transactions;
  private final ArtifactRepository artifacts;
  private final ArtifactEvents events;

  ArtifactService(Transactions transactions, ArtifactRepository artifacts, ArtifactEvents events) {
    this.transactions = transactions;
    this.artifacts = artifacts;
    this.events = events;
  }

  Artifact get(ProjectId project, ArtifactId id) {
    return artifacts.find(project, id).orElseThrow(() -> ArtifactErrors.notFound(id));
  }

  List<Artifact> list(ArtifactFilter filter, @Nullable ArtifactId before, int limit) {
    return artifacts.list(filter, before, limit);
  }

  /** It is gone for everyone at once; the collector takes object and row. */
  void delete(ProjectId project, ArtifactId id, Actor actor) {
    transactions.run(() -> {
      Artifact artifact = get(project, id);
      if (!artifacts.doom(id)) {
        throw ArtifactErrors.notFound(id);
      }
      if (artifact.kind() == ArtifactKind.FILE) {
        events.deleted(artifact, actor);
      }
    });
  }

  /**
   * Dooms all of a session that is removed; answers whether the collector has still to take some.
   */
  boolean forget(SessionId session) {
    return artifacts.doomAll(session) > 0 || artifacts.any(session);
  }
}
