package dev.berth.controlplane.artifact;

import dev.berth.common.Id.ArtifactId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.common.IdSource;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.store.ObjectStore;
import dev.berth.controlplane.session.SessionService;
import dev.berth.controlplane.snapshot.SnapshotFileReader;
import dev.berth.controlplane.workspace.WorkspaceFileStream;
import jakarta.inject.Singleton;
import java.io.OutputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes artifacts of files that clients name: the row once the size is known, then the bytes,
 * straight from where they come to the store, then the artifact. What is interrupted is collected.
 */
@Singleton
class ArtifactCreation {
  private final Transactions transactions;
  private final ArtifactRepository artifacts;
  private final ArtifactEvents events;
  private final SessionService sessions;
  private final WorkspaceFileStream workspaces;
  private final SnapshotFileReader snapshots;
  private final ObjectStore store;
  private final IdSource ids;
  private final Clock clock;

  ArtifactCreation(
      Transactions transactions,
      ArtifactRepository artifacts,
      ArtifactEvents events,
      SessionService sessions,
      WorkspaceFileStream workspaces,
      SnapshotFileReader snapshots,
      ObjectStore store,
      IdSource ids,
      Clock clock) {
    this.transactions = transactions;
    this.artifacts = artifacts;
    this.events = events;
    this.sessions = sessions;
    this.workspaces = workspaces;
    this.snapshots = snapshots;
    this.store = store;
    this.ids = ids;
    this.clock = clock;
  }

  /**
   * What to keep.
   *
   * @param snapshot null: the live workspace
   */
  record Wish(
      SessionId session,
      @Nullable SnapshotId snapshot,
      String path,
      Map<String, String> labels,
      @Nullable Duration retention) {}

  /** An artifact to be, whose object is in the store. */
  record Stored(ArtifactId id, String sha256) {}

  /** Reads the file into the store. */
  Stored store(Caller caller, Wish wish) throws InterruptedException {
    sessions.find(caller.projectId(), wish.session());
    try (Receiver receiver = new Receiver(caller, wish)) {
      if (wish.snapshot() == null) {
        workspaces.read(caller, wish.session(), wish.path(), receiver::begin);
      } else {
        snapshots.read(
            caller.projectId(), wish.session(), wish.snapshot(), wish.path(), receiver::begin);
      }
      return receiver.finish();
    }
  }

  /** Joins the caller's transaction, if there is one. */
  Artifact finish(Stored stored) {
    return transactions.call(() -> {
      if (!artifacts.makeReady(stored.id(), stored.sha256())) {
        throw ArtifactErrors.notFound(stored.id());
      }
      Artifact made =
          artifacts.find(stored.id()).orElseThrow(() -> ArtifactErrors.notFound(stored.id()));
      events.created(made);
      return made;
    });
  }

  private Artifact announced(Caller caller, Wish wish, long size) {
    ArtifactId id = new ArtifactId(ids.next());
    Instant now = clock.instant();
    return new Artifact(
        id,
        caller.projectId(),
        wish.session(),
        null,
        null,
        now,
        caller.actor(),
        wish.labels(),
        ArtifactKind.FILE,
        ArtifactState.UPLOADING,
        wish.path(),
        ContentType.of(wish.path()),
        Artifact.objectKey(caller.projectId(), id),
        size,
        null,
        AttemptArtifacts.expiry(now, wish.retention()));
  }

  /** One file on its way; closed without having been finished, nothing comes of it. */
  private final class Receiver implements AutoCloseable {
    private final Caller caller;
    private final Wish wish;
    private @Nullable Artifact artifact;
    private @Nullable FileUpload upload;

    Receiver(Caller caller, Wish wish) {
      this.caller = caller;
      this.wish = wish;
    }

    OutputStream begin(long size) {
      if (size > Artifact.MAX_BYTES) {
        throw ArtifactErrors.limit("%s has %,d bytes".formatted(wish.path(), size));
      }
      Artifact row = announced(caller, wish, size);
      artifacts.insert(row);
      artifact = row;
      FileUpload begun = new FileUpload(wish.path(), size, store.upload(row.objectKey(), size));
      upload = begun;
      return begun;
    }

    Stored finish() {
      String sha256 = Objects.requireNonNull(upload).finish();
      return new Stored(Objects.requireNonNull(artifact).id(), sha256);
    }

    @Override
    public void close() {
      if (upload != null) {
        upload.abandon();
      }
    }
  }
}
