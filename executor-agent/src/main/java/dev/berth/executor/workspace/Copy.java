package dev.berth.executor.workspace;

import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.executor.linux.Directory;
import dev.berth.executor.state.JsonFile;
import dev.berth.executor.workspace.Marker.Saved;
import dev.berth.executor.workspace.WorkspaceException.Reason;
import dev.berth.format.FormatException;
import dev.berth.format.Totals;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session's files on this host. One sync or restore runs at a time, at most one more waits. Safe
 * for many threads; the heavy work runs on threads of its own, so that a virtual thread may call.
 */
public final class Copy {
  private static final Logger log = LoggerFactory.getLogger(Copy.class);
  private static final int DOOMED_TRIES = 3;

  private final SessionId session;
  private final CopyFiles files;
  private final CopyLimits limits;
  private final CopyServices services;
  private final boolean limited;
  private final SyncGate gate = new SyncGate();
  private final ReentrantLock markerLock = new ReentrantLock();
  private final JsonFile<Marker> markerFile;
  private Marker marker;
  private volatile @Nullable Thread flushing;

  /** By the newest sync, whose index it names. */
  private volatile Sparse sparse = new Sparse("", Set.of());

  private record Sparse(String index, Set<PackId> packs) {}

  Copy(
      SessionId session,
      CopyFiles files,
      CopyLimits limits,
      CopyServices services,
      boolean limited,
      JsonFile<Marker> markerFile,
      Marker marker) {
    this.session = session;
    this.files = files;
    this.limits = limits;
    this.services = services;
    this.limited = limited;
    this.markerFile = markerFile;
    this.marker = marker;
  }

  public SessionId session() {
    return session;
  }

  /** The directory of the host to mount as the workspace. */
  public Path workspace() {
    return files.root(CopyFiles.WORKSPACE);
  }

  public WorkspaceFiles files() {
    return new WorkspaceFiles(files, limits, services.owner());
  }

  public ArtifactFiles artifacts() {
    return new ArtifactFiles(this, services);
  }

  public Layers layers() {
    return new Layers(this, files, services, limits);
  }

  public CopyState state() {
    return marker().state(session, services.bootId(), limited);
  }

  /**
   * What it takes of the host's disk: of a disk of its own what is used now, else what its last
   * restore or save counted.
   */
  public long diskBytes() {
    if (limited) {
      var top = files.top().toFile();
      return Math.max(0, top.getTotalSpace() - top.getFreeSpace());
    }
    var base = marker().base();
    return base == null ? 0 : base.bytes();
  }

  /**
   * Says which worker it serves from now on.
   *
   * @throws WorkspaceException STALE if it has served a later one
   */
  public void serve(long generation) throws WorkspaceException {
    markerLock.lock();
    try {
      if (generation < marker.generation()) {
        throw new WorkspaceException(
            Reason.STALE, "the copy serves generation " + marker.generation() + " already");
      }
      if (generation > marker.generation()) {
        write(marker.serving(generation));
      }
    } finally {
      markerLock.unlock();
    }
  }

  /** Must have returned before a process starts or a file is written; on disk then. */
  public void markDirty(long dirtyVersion) {
    markerLock.lock();
    try {
      if (!marker.dirty() || dirtyVersion > marker.dirtyVersion()) {
        write(marker.dirtied(dirtyVersion));
      }
    } finally {
      markerLock.unlock();
    }
  }

  private Marker marker() {
    markerLock.lock();
    try {
      return marker;
    } finally {
      markerLock.unlock();
    }
  }

  private void write(Marker next) {
    if (!next.equals(marker)) {
      markerFile.write(next);
      marker = next;
    }
  }

  private void change(java.util.function.UnaryOperator<Marker> change) {
    markerLock.lock();
    try {
      write(change.apply(marker));
    } finally {
      markerLock.unlock();
    }
  }

  /** Remembered even where the disk that failed does not take the note: the next one holds it. */
  private void torn() {
    markerLock.lock();
    try {
      marker = marker.tornNow();
      markerFile.write(marker);
    } catch (UncheckedIOException e) {
      log.warn("{}: that its disk failed is not noted yet", session, e);
    } finally {
      markerLock.unlock();
    }
  }

  /**
   * Replaces everything in it by a snapshot, or by an empty workspace. Nothing of a sandbox may run
   * on it. Killed in between, it is found incomplete and to be restored again.
   *
   * @throws WorkspaceException OBJECT_CORRUPT, UNAVAILABLE, WORKSPACE_FULL, LIMIT or HOST
   */
  public void restore(
      Optional<SnapshotRef> snapshot, SnapshotTransfers transfers, Progress progress)
      throws IOException {
    restore(snapshot, transfers, progress, () -> {});
  }

  /**
   * As {@link #restore(Optional, SnapshotTransfers, Progress)}.
   *
   * @param mountable called once the workspace's directory is there, which will not be another
   *     until the next restore; it must not block
   */
  public void restore(
      Optional<SnapshotRef> snapshot,
      SnapshotTransfers transfers,
      Progress progress,
      Runnable mountable)
      throws IOException {
    gate.enter();
    try {
      if (snapshot.isEmpty() && !Files.exists(workspace())) {
        restoreNow(snapshot, transfers, progress, mountable);
        return;
      }
      HeavyWork.run(
          services.heavy(),
          "restore " + session,
          () -> {
            restoreNow(snapshot, transfers, progress, mountable);
            return null;
          });
    } finally {
      gate.leave();
    }
  }

  private void restoreNow(
      Optional<SnapshotRef> snapshot,
      SnapshotTransfers transfers,
      Progress progress,
      Runnable mountable)
      throws IOException {
    awaitFlush();
    boolean unused = marker().generation() == 0;
    change(Marker::incomplete);
    CopySetup.clear(files, unused && Files.isDirectory(workspace()));
    if (!Files.isDirectory(workspace())) {
      makeRoot(CopyFiles.WORKSPACE);
    }
    mountable.run();
    files.removeIndicesBut(Set.of());
    Saved saved = null;
    if (snapshot.isPresent()) {
      RestoreJob job = new RestoreJob(files, limits, services, transfers, progress);
      Totals totals = job.run(snapshot.get());
      saved = Saved.of(snapshot.get(), snapshot.get().id(), totals.files(), totals.bytes());
    }
    Saved base = saved;
    change(now -> now.restored(services.bootId(), base));
    flushing = Thread.ofPlatform().daemon().name("flush").start(this::flush);
  }

  private void makeRoot(String root) throws IOException {
    try (Directory top = Directory.open(files.top())) {
      CopySetup.makeRoot(top, root, services.owner());
    }
  }

  /** Whether its files are where they should be, as far as a look tells. */
  boolean intact() {
    return !marker().complete() || Files.isDirectory(workspace());
  }

  /** Waits until nothing of this host's own uses the copy's disk. */
  void awaitFlush() {
    Thread running = flushing;
    try {
      if (running != null) {
        running.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A power cut before this ends makes a restored copy doubtful; nothing waits for it. */
  private void flush() {
    try (Directory top = Directory.open(files.top())) {
      DiskFailedException.check(top::syncFileSystem);
      if (limited) {
        try (FileChannel image = FileChannel.open(files.image(), StandardOpenOption.READ)) {
          image.force(true);
        }
      }
      change(now -> now.complete() ? now.onDisk() : now);
    } catch (DiskFailedException e) {
      log.warn("{} has not reached the disk", session, e);
      torn();
    } catch (IOException | UncheckedIOException notFlushed) {
      log.info("{} has not reached the disk", session, notFlushed);
    }
  }

  /**
   * Saves everything and has it recorded. Where nothing differs from the base, the base is recorded
   * again, which lets the control plane call the copy clean; unless packs of the base are mostly
   * dead: what is live of them is stored anew, in a snapshot of its own.
   *
   * @throws WorkspaceException STALE, HEAD_MOVED, LIMIT, COPY_INCOMPLETE, UNAVAILABLE or HOST.
   *     Whatever happens, nothing unsaved is forgotten, and the next sync goes on from what is
   *     stored
   */
  public SyncResult sync(SyncRequest request, SnapshotTransfers transfers, Progress progress)
      throws IOException {
    gate.enter();
    try {
      return HeavyWork.run(
          services.heavy(), "sync " + session, () -> syncNow(request, transfers, progress));
    } finally {
      gate.leave();
    }
  }

  /**
   * Goes on from a save whose answer was lost, if that is what the session's head is.
   *
   * @return whether it was
   */
  public boolean recall(Optional<SnapshotId> head) {
    Optional<Saved> sent = head.flatMap(id -> marker().sent(id));
    sent.ifPresent(ours -> change(now -> now.saved(now.bootId(), ours, true)));
    return sent.isPresent();
  }

  private SyncResult syncNow(SyncRequest request, SnapshotTransfers transfers, Progress progress)
      throws IOException {
    if (!marker().complete()) {
      throw new WorkspaceException(Reason.COPY_INCOMPLETE, "the copy was never restored");
    }
    Set<PackId> unusable = new HashSet<>(request.rescued() ? Set.of() : repacked());
    boolean readable = true;
    SyncJob job = new SyncJob(files, limits, services, transfers, progress);
    for (int tries = 1; ; tries++) {
      Marker before = marker();
      Optional<Saved> base = Optional.ofNullable(before.base());
      boolean trusted = before.bootId().equals(services.bootId());
      SyncJob.Result result;
      try {
        boolean compared = readable;
        result =
            job.run(
                base.filter(b -> compared)
                    .map(b -> new SyncJob.Base(b.indexId(), trusted, Set.copyOf(unusable))),
                request.quiescent());
      } catch (FormatException | NoSuchFileException e) {
        if (!readable || base.isEmpty()) {
          throw e;
        }
        log.warn("{}: the index of its base cannot be read: everything is stored anew", session, e);
        readable = false;
        continue;
      } catch (DiskFailedException e) {
        torn();
        throw e.forUsers();
      }
      SnapshotRef ref = result.snapshot().or(() -> base.map(Saved::ref)).orElseThrow();
      Saved saved = Saved.of(ref, result.index(), result.totals().files(), result.totals().bytes());
      if (!request.rescued() && result.snapshot().isPresent()) {
        change(now -> now.sending(saved));
      }
      CommitResult answer =
          transfers.commit(result.commit(request, base.map(b -> b.ref().id()), ref));
      switch (answer) {
        case CommitResult.Committed committed -> {
          return committed(request, result, saved, committed);
        }
        case CommitResult.Stale stale ->
            throw new WorkspaceException(Reason.STALE, "the worker's generation is over");
        case CommitResult.PacksDoomed doomed -> {
          unusable.addAll(
              doomed.packs().isEmpty() && base.isPresent() && readable
                  ? files.packs(base.get().indexId())
                  : doomed.packs());
          if (tries >= DOOMED_TRIES) {
            throw new WorkspaceException(Reason.UNAVAILABLE, "stored packs were collected");
          }
        }
        case CommitResult.HeadMoved moved -> {
          if (!recall(moved.head())) {
            throw new WorkspaceException(
                Reason.HEAD_MOVED, "the session's head is not what this copy was made from");
          }
        }
      }
    }
  }

  /** Packs of the base that are mostly dead. They go with the last snapshot that names them. */
  private Set<PackId> repacked() {
    Saved base = marker().base();
    return base != null && base.index().equals(sparse.index()) ? sparse.packs() : Set.of();
  }

  private SyncResult committed(
      SyncRequest request, SyncJob.Result result, Saved saved, CommitResult.Committed committed)
      throws IOException {
    change(now ->
        request.rescued()
            ? now.incomplete()
            : now.saved(
                services.bootId(),
                saved,
                now.dirtyVersion() > request.dirtyVersion()
                    || !(committed.clean() && request.quiescent())));
    sparse = new Sparse(result.index().toString(), result.sparse());
    files.removeIndicesBut(request.rescued() ? Set.of() : Set.of(result.index()));
    return result.recorded(saved.ref(), committed.clean());
  }
}
