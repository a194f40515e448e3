package dev.berth.executor.workspace;

import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.RelativePath;
import dev.berth.executor.workspace.SnapshotTransfers.ObjectToUpload;
import dev.berth.format.ManifestReader;
import dev.berth.format.ManifestReader.ReadLimits;
import dev.berth.format.ManifestWriter;
import dev.berth.format.Pack;
import dev.berth.format.PackTable;
import dev.berth.format.Sha256;
import dev.berth.format.Totals;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * One pass over a copy: everything new is stored, and manifest and index of the result are made.
 * For one thread.
 */
final class SyncJob {
  /** What one sync stores anew at most so that mostly dead packs can go. */
  private static final long MOST_REPACKED = 64 << 20;

  private final CopyFiles files;
  private final CopyLimits limits;
  private final CopyServices services;
  private final SnapshotTransfers transfers;
  private final Progress progress;

  /**
   * What the scan is compared with.
   *
   * @param index the snapshot whose id its index has
   * @param trusted whether inodes and times are of this boot
   * @param unusable packs that must not be named again
   */
  record Base(SnapshotId index, boolean trusted, Set<PackId> unusable) {}

  /**
   * A finished pass.
   *
   * @param index the id under which its index was written
   * @param snapshot empty if nothing differs from the base
   * @param packs that the manifest names
   * @param sparse those of them which the next sync should not name any more, since it can store
   *     the little of them that is live anew
   */
  record Result(
      SnapshotId index,
      Optional<SnapshotRef> snapshot,
      Set<PackId> packs,
      Set<PackId> sparse,
      Totals totals,
      long storedBytes,
      List<String> changedDuringSync) {

    SyncResult recorded(SnapshotRef ref, boolean clean) {
      return new SyncResult(
          ref, clean, totals.files(), totals.bytes(), storedBytes, changedDuringSync);
    }

    CommitRequest commit(SyncRequest request, Optional<SnapshotId> base, SnapshotRef ref) {
      return new CommitRequest(
          ref,
          request.generation(),
          base,
          request.rescued(),
          request.reason(),
          packs,
          totals.files(),
          totals.bytes(),
          storedBytes,
          changedDuringSync,
          request.quiescent(),
          request.dirtyVersion());
    }
  }

  SyncJob(
      CopyFiles files,
      CopyLimits limits,
      CopyServices services,
      SnapshotTransfers transfers,
      Progress progress) {
    this.files = files;
    this.limits = limits;
    this.services = services;
    this.transfers = transfers;
    this.progress = progress;
  }

  Result run(Optional<Base> base, boolean quiescent) throws IOException {
    SnapshotId id = new SnapshotId(services.ids().next());
    try (Directory top = Directory.open(files.top());
        Opened index = new Opened(base)) {
      Optional<Instant> flushed = Optional.empty();
      if (!quiescent) {
        flushed = Optional.of(services.clock().instant());
        DiskFailedException.check(top::syncFileSystem);
      }
      return run(id, top, index, base, flushed);
    }
  }

  private final class Opened implements AutoCloseable {
    final @Nullable ManifestReader reader;

    Opened(Optional<Base> base) throws IOException {
      this.reader = base.isPresent() ? openIndex(base.get().index()) : null;
    }

    PackTable packs() {
      return reader == null ? PackTable.EMPTY : reader.packs();
    }

    @Override
    public void close() throws IOException {
      if (reader != null) {
        reader.close();
      }
    }
  }

  private ManifestReader openIndex(SnapshotId id) throws IOException {
    return new ManifestReader(
        files.index(id), id.value(), true, new ReadLimits(Long.MAX_VALUE, Integer.MAX_VALUE));
  }

  private Result run(
      SnapshotId id, Directory top, Opened index, Optional<Base> base, Optional<Instant> flushed)
      throws IOException {
    Set<PackId> unusable = base.map(Base::unusable).orElse(Set.of());
    IntPredicate usable = frame -> usable(index.packs(), frame, unusable);
    KnownContent known =
        new KnownContent(
            () -> base.isPresent() ? Optional.of(openIndex(base.get().index())) : Optional.empty(),
            usable);
    try (PackUploads uploads = new PackUploads(transfers, services.store());
        PackWriter packs = new PackWriter(uploads, services.ids(), index.packs().nextFrame());
        Output manifest = new Output(files.manifest(id), id, false);
        Output newIndex = new Output(files.index(id), id, true)) {
      ContentReader contents =
          new ContentReader(packs, known, services.clock(), flushed, limits.contentBytes());
      IndexCursor cursor = new IndexCursor(index.reader);
      TreeScan scan =
          new TreeScan(
              limits,
              cursor,
              base.map(Base::trusted).orElse(false),
              usable,
              contents,
              List.of(manifest.writer, newIndex.writer),
              progress);
      for (String root : files.roots()) {
        try (Directory directory = top.openDirectory(RelativePath.of(root))) {
          scan.root(root, directory);
        }
      }
      cursor.end();
      List<Pack> table = new ArrayList<>(scan.live().inUse(index.packs().packs()));
      table.addAll(scan.live().inUse(packs.finish()));
      boolean same = base.isPresent() && !scan.different() && unusable.isEmpty();
      newIndex.complete(table);
      Optional<SnapshotRef> snapshot = Optional.empty();
      if (!same) {
        manifest.complete(table);
        snapshot = Optional.of(send(id, manifest, uploads));
      }
      return new Result(
          id,
          snapshot,
          table.stream().map(Pack::id).collect(java.util.stream.Collectors.toUnmodifiableSet()),
          scan.live().sparse(table, MOST_REPACKED),
          newIndex.writer.totals(),
          uploads.bytes(),
          scan.changedDuringSync());
    } finally {
      Files.deleteIfExists(files.manifest(id));
    }
  }

  private static boolean usable(PackTable packs, int frame, Set<PackId> unusable) {
    PackTable.Place place = packs.find(frame);
    return place == null || !unusable.contains(place.pack().id());
  }

  private SnapshotRef send(SnapshotId id, Output manifest, PackUploads uploads) throws IOException {
    PackId object = new PackId(services.ids().next());
    Sha256 sha256 = Sha256.finish(manifest.digest);
    long size = Files.size(manifest.path);
    uploads.sendFile(new ObjectToUpload(object, sha256, size), manifest.path);
    return new SnapshotRef(id, object, sha256, size);
  }

  private static final class Output implements AutoCloseable {
    final Path path;
    final MessageDigest digest = Sha256.digest();
    final ManifestWriter writer;
    private boolean complete;

    Output(Path path, SnapshotId id, boolean index) throws IOException {
      this.path = path;
      OutputStream file = new BufferedOutputStream(Files.newOutputStream(path), 1 << 16);
      this.writer = new ManifestWriter(new DigestOutputStream(file, digest), id.value(), index);
    }

    void complete(List<Pack> packs) throws IOException {
      writer.finish(packs);
      complete = true;
    }

    @Override
    public void close() throws IOException {
      if (!complete) {
        try (writer) {
          Files.delete(path);
        }
      }
    }
  }
}
