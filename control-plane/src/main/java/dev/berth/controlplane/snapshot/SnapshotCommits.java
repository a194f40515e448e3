package dev.berth.controlplane.snapshot;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Makes snapshots of what executors have stored. Locks the session's row, then packs, then the
 * copy; asks the store before, outside of the transaction: objects are immutable, and a pack that
 * is collected meanwhile is found DOOMED under its lock.
 */
@Singleton
class SnapshotCommits {

  private final Transactions transactions;
  private final CommitRepository commits;
  private final PackRepository packs;
  private final StoredPacks stored;
  private final SnapshotEvents events;
  private final SyncListener listener;
  private final Notifications notifications;

  SnapshotCommits(
      Transactions transactions,
      CommitRepository commits,
      PackRepository packs,
      StoredPacks stored,
      SnapshotEvents events,
      SyncListener listener,
      Notifications notifications) {
    this.transactions = transactions;
    this.commits = commits;
    this.packs = packs;
    this.stored = stored;
    this.events = events;
    this.listener = listener;
    this.notifications = notifications;
  }

  /**
   * Idempotent by the snapshot's id. While that is the head, a repeat may still find the copy
   * clean.
   *
   * @throws dev.berth.controlplane.platform.errors.BerthException NOT_FOUND (session),
   *     GENERATION_STALE, HEAD_MOVED, PACK_DOOMED, PACK_NOT_STORED, STORE_UNAVAILABLE
   */
  CommitOutcome commit(ExecutorId executor, SnapshotCommit commit) {
    if (!isRecorded(commit)) {
      requireStored(commit);
    }
    return transactions.call(() -> record(executor, commit));
  }

  private boolean isRecorded(SnapshotCommit commit) {
    return commits.sessionOf(commit.snapshot()).isPresent();
  }

  private void requireStored(SnapshotCommit commit) {
    List<Pack> uploading =
        packs.find(commit.session(), commit.objects()).stream()
            .filter(pack -> pack.state() == PackState.UPLOADING)
            .toList();
    List<PackId> broken = stored.broken(uploading);
    if (!broken.isEmpty()) {
      throw SnapshotErrors.packsNotStored(broken);
    }
  }

  private CommitOutcome record(ExecutorId executor, SnapshotCommit commit) {
    CommitRepository.Fence fence =
        commits
            .lock(commit.session(), executor)
            .orElseThrow(() -> SnapshotErrors.sessionNotFound(commit.session()));
    requireHolder(executor, commit, fence);
    Optional<SessionId> recorded = commits.sessionOf(commit.snapshot());
    if (recorded.isPresent()) {
      return repeat(executor, commit, fence, recorded.get());
    }
    if (!commit.rescued() && !java.util.Objects.equals(fence.head(), commit.base())) {
      throw SnapshotErrors.headMoved(fence.head());
    }
    requireBase(commit);
    requirePacks(commit);
    CommitRepository.RunMark mark = commits.runMark(commit.session()).orElse(null);
    commits.insert(commit, fence.project(), executor, mark);
    packs.makeLive(commit.objects());
    SnapshotId head = fence.head();
    if (!commit.rescued()) {
      if (!commits.moveHead(commit)) {
        throw SnapshotErrors.headMoved(fence.head());
      }
      commits.rebase(commit, executor);
      head = commit.snapshot();
      listener.synced(commit);
    }
    commits.clean(commit, executor);
    boolean clean = commits.isClean(commit.session(), executor);
    events.synced(fence.project(), executor, commit, mark, clean);
    notifications.publish("session:" + commit.session());
    notifications.publish("work");
    return new CommitOutcome(clean, head);
  }

  private CommitOutcome repeat(
      ExecutorId executor, SnapshotCommit commit, CommitRepository.Fence fence, SessionId session) {
    if (!session.equals(commit.session())) {
      throw SnapshotErrors.notFound(commit.snapshot());
    }
    if (commit.snapshot().equals(fence.head()) || commit.rescued()) {
      commits.clean(commit, executor);
      notifications.publish("session:" + commit.session());
      notifications.publish("work");
    }
    return new CommitOutcome(commits.isClean(commit.session(), executor), fence.head());
  }

  /**
   * The generation must be the session's newest and this executor's; a rescue, that of the copy the
   * executor holds, or older.
   */
  private void requireHolder(
      ExecutorId executor, SnapshotCommit commit, CommitRepository.Fence fence) {
    if (commit.rescued()) {
      boolean holds =
          commits
              .copyGeneration(commit.session(), executor)
              .filter(generation -> generation == commit.generation())
              .isPresent();
      if (!holds) {
        requireKnown(executor, commit.session());
        throw SnapshotErrors.generationStale(commit.generation(), fence.generation());
      }
      return;
    }
    if (!commits.servedBy(commit.session(), commit.generation(), executor)) {
      requireKnown(executor, commit.session());
      throw SnapshotErrors.generationStale(commit.generation(), fence.generation());
    }
    if (commit.generation() != fence.generation()) {
      throw SnapshotErrors.generationStale(commit.generation(), fence.generation());
    }
  }

  private void requireKnown(ExecutorId executor, SessionId session) {
    if (!commits.everServed(session, executor)) {
      throw SnapshotErrors.sessionNotFound(session);
    }
  }

  /**
   * The base of a rescue may be any snapshot of the session, or the one it was made from, where it
   * has one. That of every other is the head.
   */
  private void requireBase(SnapshotCommit commit) {
    SnapshotId base = commit.base();
    if (base != null && commit.rescued() && !commits.isOfLine(base, commit.session())) {
      throw SnapshotErrors.notFound(base);
    }
  }

  private void requirePacks(SnapshotCommit commit) {
    Set<PackId> objects = commit.objects();
    List<Pack> found = packs.findForShare(commit.session(), objects);
    if (found.size() < objects.size()) {
      Set<PackId> known = found.stream().map(Pack::id).collect(Collectors.toSet());
      throw SnapshotErrors.packsDoomed(objects.stream().filter(id -> !known.contains(id)).toList());
    }
    List<PackId> doomed =
        found.stream().filter(pack -> pack.state() == PackState.DOOMED).map(Pack::id).toList();
    if (!doomed.isEmpty()) {
      throw SnapshotErrors.packsDoomed(doomed);
    }
    boolean manifest =
        found.stream()
            .anyMatch(pack ->
                pack.id().equals(commit.manifest())
                    && pack.sha256().equals(commit.manifestSha256())
                    && pack.size() == commit.manifestBytes());
    if (!manifest) {
      throw SnapshotErrors.packTaken(commit.manifest());
    }
  }
}
