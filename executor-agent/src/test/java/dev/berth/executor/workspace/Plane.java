package dev.berth.executor.workspace;

import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.executor.workspace.CommitResult.Committed;
import dev.berth.executor.workspace.CommitResult.HeadMoved;
import dev.berth.executor.workspace.CommitResult.PacksDoomed;
import dev.berth.executor.workspace.CommitResult.Stale;
import dev.berth.executor.workspace.WorkspaceException.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The control plane's side of snapshots, by its rules, kept in memory; the objects are in a real
 * store.
 */
public final class Plane implements SnapshotTransfers {
  private final S3 s3;
  public final Map<SnapshotId, CommitRequest> snapshots = new LinkedHashMap<>();
  final Set<PackId> doomed = new HashSet<>();
  final List<ObjectToUpload> uploads = new ArrayList<>();
  public Optional<SnapshotRef> head = Optional.empty();
  public volatile long generation = 1;
  boolean loseNextAnswer;

  /** Commits do not come here; URLs are still given. */
  boolean unreachable;

  private final Map<PackId, ObjectToUpload> known = new HashMap<>();

  public Plane(S3 s3) {
    this.s3 = s3;
  }

  @Override
  public synchronized Map<PackId, Transfer> createUploads(List<ObjectToUpload> objects) {
    Map<PackId, Transfer> urls = new HashMap<>();
    for (ObjectToUpload object : objects) {
      if (known.put(object.id(), object) == null) {
        uploads.add(object);
      }
      urls.put(object.id(), s3.presign(true, object.id().toString()));
    }
    return urls;
  }

  @Override
  public synchronized Map<PackId, Transfer> createDownloads(Set<PackId> objects) {
    Map<PackId, Transfer> urls = new HashMap<>();
    objects.forEach(id -> urls.put(id, s3.presign(false, id.toString())));
    return urls;
  }

  @Override
  public synchronized CommitResult commit(CommitRequest request) throws IOException {
    if (unreachable) {
      throw new WorkspaceException(Reason.UNAVAILABLE, "the control plane does not answer");
    }
    CommitResult result = decide(request);
    if (loseNextAnswer) {
      loseNextAnswer = false;
      throw new WorkspaceException(Reason.UNAVAILABLE, "the answer was lost");
    }
    return result;
  }

  private CommitResult decide(CommitRequest request) {
    if (snapshots.containsKey(request.snapshot().id())) {
      return new Committed(request.quiescent());
    }
    if (!request.rescued() && request.generation() != generation) {
      return new Stale();
    }
    if (request.packs().stream().anyMatch(doomed::contains)) {
      Set<PackId> named = new HashSet<>(request.packs());
      named.retainAll(doomed);
      return new PacksDoomed(named);
    }
    if (!request.rescued() && !request.base().equals(head.map(SnapshotRef::id))) {
      return new HeadMoved(head.map(SnapshotRef::id));
    }
    snapshots.put(request.snapshot().id(), request);
    if (!request.rescued()) {
      head = Optional.of(request.snapshot());
    }
    return new Committed(request.quiescent());
  }

  synchronized long uploadedBytes() {
    return uploads.stream().mapToLong(ObjectToUpload::size).sum();
  }

  synchronized CommitRequest committed(SnapshotRef snapshot) {
    return Objects.requireNonNull(snapshots.get(snapshot.id()));
  }
}
