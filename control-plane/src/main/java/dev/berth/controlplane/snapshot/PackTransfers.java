package dev.berth.controlplane.snapshot;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.PackId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.store.ObjectStore;
import dev.berth.controlplane.platform.store.ObjectStore.Presigned;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Lets executors move packs to and from the store: the row first, then a URL for that one object.
 */
@Singleton
class PackTransfers {

  private final Transactions transactions;
  private final CommitRepository commits;
  private final PackRepository packs;
  private final StoredPacks stored;
  private final ObjectStore store;
  private final CollectionConfig collection;
  private final Clock clock;

  PackTransfers(
      Transactions transactions,
      CommitRepository commits,
      PackRepository packs,
      StoredPacks stored,
      ObjectStore store,
      CollectionConfig collection,
      Clock clock) {
    this.transactions = transactions;
    this.commits = commits;
    this.packs = packs;
    this.stored = stored;
    this.store = store;
    this.collection = collection;
    this.clock = clock;
  }

  /** A pack as an executor announces it. */
  record Upload(PackId pack, String sha256, long size) {}

  /**
   * Refuses all but the executor that serves the session's generation, or holds the copy that the
   * generation last wrote.
   */
  void requireHolder(ExecutorId executor, SessionId session, long generation) {
    CommitRepository.Fence fence = fence(executor, session);
    boolean newest =
        fence.generation() == generation && commits.servedBy(session, generation, executor);
    boolean copy =
        commits.copyGeneration(session, executor).filter(held -> held == generation).isPresent();
    if (newest || copy) {
      return;
    }
    if (!commits.everServed(session, executor)) {
      throw SnapshotErrors.sessionNotFound(session);
    }
    throw SnapshotErrors.generationStale(generation, fence.generation());
  }

  /**
   * Records the packs as UPLOADING and presigns one PUT for each. A pack recorded before keeps its
   * row: its content must be the same, and it must not be near its collection, which would delete
   * the object while the URL still serves (PACK_DOOMED).
   */
  Map<PackId, Presigned> uploads(ExecutorId executor, SessionId session, List<Upload> uploads) {
    if (uploads.isEmpty()) {
      return Map.of();
    }
    ProjectId project = fence(executor, session).project();
    List<Pack> rows =
        transactions.call(() -> {
          packs.insertUploading(
              uploads.stream().map(upload -> pack(project, session, upload)).toList());
          return packs.find(session, uploads.stream().map(Upload::pack).toList());
        });
    Map<PackId, Pack> known = new HashMap<>();
    rows.forEach(row -> known.put(row.id(), row));
    Map<PackId, Presigned> urls = new LinkedHashMap<>();
    for (Upload upload : uploads) {
      Pack pack = known.get(upload.pack());
      if (pack == null || !pack.sha256().equals(upload.sha256()) || pack.size() != upload.size()) {
        throw SnapshotErrors.packTaken(upload.pack());
      }
      if (pack.state() == PackState.DOOMED || isNearCollection(pack)) {
        throw SnapshotErrors.packsDoomed(List.of(pack.id()));
      }
      urls.put(pack.id(), store.presignPut(pack.objectKey(), pack.sha256()));
    }
    return urls;
  }

  private boolean isNearCollection(Pack pack) {
    return pack.state() == PackState.UPLOADING
        && pack.createTime().plus(collection.uploadingAge().dividedBy(2)).isBefore(clock.instant());
  }

  private Pack pack(ProjectId project, SessionId session, Upload upload) {
    return new Pack(
        upload.pack(),
        project,
        session,
        Pack.objectKey(project, session, upload.pack(), upload.sha256()),
        upload.sha256(),
        upload.size(),
        PackState.UPLOADING,
        clock.instant());
  }

  /**
   * Presigns one GET for each pack of the session's line of snapshots. NOT_FOUND for any other;
   * OBJECT_CORRUPT where the store has lost one.
   */
  Map<PackId, Presigned> downloads(
      ExecutorId executor, SessionId session, Collection<PackId> wanted) {
    if (wanted.isEmpty()) {
      return Map.of();
    }
    CommitRepository.Fence fence = fence(executor, session);
    List<Pack> live =
        packs.usable(session, wanted).stream()
            .filter(
                pack -> pack.state() == PackState.LIVE && pack.project().equals(fence.project()))
            .toList();
    Set<PackId> missing = new HashSet<>(wanted);
    live.forEach(pack -> missing.remove(pack.id()));
    if (!missing.isEmpty()) {
      throw SnapshotErrors.packNotFound(missing.iterator().next());
    }
    List<PackId> lost = stored.broken(live);
    if (!lost.isEmpty()) {
      throw SnapshotErrors.objectsLost(lost);
    }
    Map<PackId, Presigned> urls = new LinkedHashMap<>();
    live.forEach(pack -> urls.put(pack.id(), store.presignGet(pack.objectKey())));
    return urls;
  }

  private CommitRepository.Fence fence(ExecutorId executor, SessionId session) {
    return commits
        .read(session, executor)
        .orElseThrow(() -> SnapshotErrors.sessionNotFound(session));
  }
}
