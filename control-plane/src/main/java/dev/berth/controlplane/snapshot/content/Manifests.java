package dev.berth.controlplane.snapshot.content;

import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.platform.config.InstallationConfig;
import dev.berth.controlplane.platform.config.PrivateFiles;
import dev.berth.controlplane.platform.store.ObjectStore;
import dev.berth.format.FormatException;
import dev.berth.format.ManifestReader;
import dev.berth.format.ManifestReader.ReadLimits;
import dev.berth.format.Sha256;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Manifests, fetched into files and checked against their hash once; the last used stay, as far as
 * {@value #KEPT_BYTES} bytes go, so that the pages of a listing cost one download. A file that is
 * removed stays readable to whoever has it open.
 */
@Singleton
public class Manifests {
  private static final long KEPT_BYTES = 512L << 20;
  private static final int PART_BYTES = 4 << 20;
  private static final ReadLimits LIMITS = new ReadLimits(Long.MAX_VALUE, 4096);

  private final ObjectStore store;
  private final Path directory;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<SnapshotId, Long> kept = new LinkedHashMap<>(16, 0.75f, true);

  Manifests(ObjectStore store, InstallationConfig config) throws IOException {
    this.store = store;
    this.directory = PrivateFiles.directory(config.homeDirectory().resolve("manifests"));
    clear();
  }

  /** At the end, and at the start for what a process that was killed has left. */
  @PreDestroy
  void clear() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** Opens the snapshot's manifest; the caller closes it. */
  public TreeWalk open(StoredSnapshot snapshot) throws IOException, CorruptException {
    return open(snapshot, openKept(snapshot));
  }

  /** As {@link #open}, but as the store has it now. */
  TreeWalk openAnew(StoredSnapshot snapshot) throws IOException, CorruptException {
    return open(snapshot, Optional.empty());
  }

  private TreeWalk open(StoredSnapshot snapshot, Optional<ManifestReader> there)
      throws IOException, CorruptException {
    try {
      return new TreeWalk(there.isPresent() ? there.get() : fetch(snapshot));
    } catch (FormatException e) {
      throw new CorruptException(
          snapshot.manifest().id(), "The snapshot's manifest " + e.getMessage());
    }
  }

  private Optional<ManifestReader> openKept(StoredSnapshot snapshot) throws IOException {
    lock.lock();
    try {
      return kept.get(snapshot.id()) == null
          ? Optional.empty()
          : Optional.of(read(file(snapshot.id()), snapshot));
    } catch (NoSuchFileException cleanedByTheHost) {
      kept.remove(snapshot.id());
      return Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  private ManifestReader fetch(StoredSnapshot snapshot) throws IOException, CorruptException {
    Path part = Files.createTempFile(directory, snapshot.id() + "-", ".part");
    try {
      download(snapshot.manifest(), part);
      ManifestReader opened = read(part, snapshot);
      Files.move(part, file(snapshot.id()), StandardCopyOption.ATOMIC_MOVE);
      keep(snapshot.id(), snapshot.manifest().size());
      return opened;
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private void download(StoredObject object, Path to) throws IOException, CorruptException {
    MessageDigest digest = Sha256.digest();
    try (OutputStream out = Files.newOutputStream(to)) {
      for (long at = 0; at < object.size(); at += PART_BYTES) {
        int length = (int) Math.min(PART_BYTES, object.size() - at);
        byte[] part =
            store
                .read(object.key(), at, length)
                .orElseThrow(
                    () -> new CorruptException(object.id(), "The snapshot's manifest is missing"));
        if (part.length < length) {
          throw new CorruptException(object.id(), "The snapshot's manifest ends too early");
        }
        digest.update(part);
        out.write(part);
      }
    }
    if (!Sha256.finish(digest).equals(object.sha256())) {
      throw new CorruptException(object.id(), "The snapshot's manifest fails its hash");
    }
  }

  private static ManifestReader read(Path file, StoredSnapshot snapshot) throws IOException {
    return new ManifestReader(file, snapshot.id().value(), false, LIMITS);
  }

  private void keep(SnapshotId id, long bytes) throws IOException {
    lock.lock();
    try {
      kept.put(id, bytes);
      long total = kept.values().stream().mapToLong(Long::longValue).sum();
      Iterator<Map.Entry<SnapshotId, Long>> eldest = kept.entrySet().iterator();
      while (total > KEPT_BYTES && kept.size() > 1 && eldest.hasNext()) {
        Map.Entry<SnapshotId, Long> entry = eldest.next();
        total -= entry.getValue();
        Files.deleteIfExists(file(entry.getKey()));
        eldest.remove();
      }
    } finally {
      lock.unlock();
    }
  }

  private Path file(SnapshotId id) {
    return directory.resolve(id.toString());
  }
}
