package dev.berth.controlplane.artifact;

import dev.berth.common.Id.ArtifactId;
import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.RunId;
import dev.berth.common.IdSource;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.store.ObjectStore;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What attempts leave behind: files their executors upload, and payloads too large for an event.
 */
@Singleton
public final class AttemptArtifacts {
  private static final String PAYLOAD_TYPE = "application/x-protobuf";

  private final Transactions transactions;
  private final ArtifactRepository artifacts;
  private final ArtifactRuns runs;
  private final ArtifactEvents events;
  private final ObjectStore store;
  private final IdSource ids;
  private final Clock clock;

  AttemptArtifacts(
      Transactions transactions,
      ArtifactRepository artifacts,
      ArtifactRuns runs,
      ArtifactEvents events,
      ObjectStore store,
      IdSource ids,
      Clock clock) {
    this.transactions = transactions;
    this.artifacts = artifacts;
    this.runs = runs;
    this.events = events;
    this.store = store;
    this.ids = ids;
    this.clock = clock;
  }

  /**
   * The events of these runs are removed, and with them what holds their payloads; in a
   * transaction.
   */
  public void forgetPayloads(Collection<RunId> runs) {
    int doomed = artifacts.doomPayloads(runs);
    assert doomed >= 0;
  }

  /** A file as its executor announces it. */
  record File(String path, long size, String sha256) {}

  /** The artifact, and where to put it; nothing where it is there already. */
  record Announced(ArtifactId id, ObjectStore.@Nullable Presigned upload) {}

  /**
   * Records the file as UPLOADING and presigns its PUT. The same again is answered with the same
   * artifact, and so is any content at a path of which the attempt has kept a file; else other
   * content takes the place of what was announced there.
   */
  Announced announce(ExecutorId executor, RunId run, AttemptId attempt, File file) {
    if (file.size() > Artifact.MAX_BYTES) {
      throw ArtifactErrors.limit("%s has %,d bytes".formatted(file.path(), file.size()));
    }
    Artifact artifact =
        transactions.call(() -> {
          ArtifactRuns.Owner owner = runs.hold(executor, run, attempt);
          List<Artifact> known = artifacts.files(attempt);
          Optional<Artifact> same =
              known.stream().filter(other -> other.path().equals(file.path())).findAny();
          if (same.filter(other -> stands(other, file)).isPresent()) {
            return same.get();
          }
          same.ifPresent(other -> artifacts.doom(other.id()));
          requireRoom(known, same, file);
          Artifact fresh =
              made(
                  owner,
                  executor,
                  run,
                  attempt,
                  ArtifactKind.FILE,
                  file,
                  ContentType.of(file.path()));
          artifacts.insert(fresh);
          return fresh;
        });
    return new Announced(
        artifact.id(),
        artifact.state() == ArtifactState.READY
            ? null
            : store.presignPut(artifact.objectKey(), file.sha256()));
  }

  private static boolean stands(Artifact known, File file) {
    return known.state() == ArtifactState.READY || known.holds(file.sha256(), file.size());
  }

  private static void requireRoom(List<Artifact> known, Optional<Artifact> replaced, File file) {
    List<Artifact> others =
        known.stream().filter(other -> !other.equals(replaced.orElse(null))).toList();
    long bytes = others.stream().mapToLong(Artifact::sizeBytes).sum() + file.size();
    if (others.size() >= Artifact.MAX_FILES || bytes > Artifact.MAX_TOTAL_BYTES) {
      throw ArtifactErrors.limit(
          "%s would be file %d of the attempt, with %,d bytes in all"
              .formatted(file.path(), others.size() + 1, bytes));
    }
  }

  private Artifact made(
      ArtifactRuns.Owner owner,
      ExecutorId executor,
      RunId run,
      AttemptId attempt,
      ArtifactKind kind,
      File file,
      String contentType) {
    ArtifactId id = new ArtifactId(ids.next());
    Instant now = clock.instant();
    return new Artifact(
        id,
        owner.project(),
        owner.session(),
        run,
        attempt,
        now,
        new Actor(Actor.Kind.EXECUTOR, executor.toString(), null),
        Map.of(),
        kind,
        ArtifactState.UPLOADING,
        file.path(),
        contentType,
        Artifact.objectKey(owner.project(), id),
        file.size(),
        file.sha256(),
        expiry(now, owner.retention()));
  }

  static @Nullable Instant expiry(Instant now, @Nullable Duration retention) {
    return retention == null ? null : now.plus(retention);
  }

  /**
   * The object is in the store: from now on there is the artifact, and the run says so. Idempotent.
   */
  void commit(ExecutorId executor, ArtifactId id) {
    Artifact announced = mine(executor, id);
    if (announced.state() == ArtifactState.READY) {
      return;
    }
    if (store.size(announced.objectKey()).orElse(-1) != announced.sizeBytes()) {
      throw ArtifactErrors.notStored(id);
    }
    transactions.run(() -> {
      RunId run = Objects.requireNonNull(announced.runId());
      AttemptId attempt = Objects.requireNonNull(announced.attemptId());
      runs.hold(executor, run, attempt);
      if (artifacts.makeReady(id, Objects.requireNonNull(announced.sha256()))) {
        runs.created(run, attempt, announced);
        events.created(announced);
      } else if (mine(executor, id).state() == ArtifactState.DOOMED) {
        throw ArtifactErrors.notFound(id);
      }
    });
  }

  private Artifact mine(ExecutorId executor, ArtifactId id) {
    return artifacts
        .find(id)
        .filter(artifact -> artifact.kind() == ArtifactKind.FILE && artifact.attemptId() != null)
        .filter(artifact -> artifact.createdBy().id().equals(executor.toString()))
        .orElseThrow(() -> ArtifactErrors.notFound(id));
  }

  /** A payload that is in the store. */
  public record Payload(ArtifactId id, long sizeBytes, String sha256) {}

  /**
   * Stores the payload of an event that is about to be recorded; {@link #recorded} makes the
   * artifact of it. Calls the object store.
   *
   * @throws dev.berth.controlplane.platform.errors.BerthException as {@link ArtifactRuns#hold}, and
   *     STORE_UNAVAILABLE
   */
  public Payload store(ExecutorId executor, RunId run, AttemptId attempt, byte[] payload) {
    String digest = dev.berth.format.Sha256.of(payload, 0, payload.length).toString();
    Artifact artifact =
        transactions.call(() -> {
          Artifact fresh =
              made(
                  runs.hold(executor, run, attempt),
                  executor,
                  run,
                  attempt,
                  ArtifactKind.EVENT_PAYLOAD,
                  new File("", payload.length, digest),
                  PAYLOAD_TYPE);
          artifacts.insert(fresh);
          return fresh;
        });
    store.put(artifact.objectKey(), payload);
    return new Payload(artifact.id(), payload.length, digest);
  }

  /** In the transaction that records the events: they are there, and so are their payloads. */
  public void recorded(List<ArtifactId> payloads) {
    if (!payloads.isEmpty() && artifacts.makeReady(payloads) != payloads.size()) {
      throw new IllegalStateException("payloads of an attempt under way were collected");
    }
  }
}
