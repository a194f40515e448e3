package dev.berth.controlplane.snapshot;

import dev.berth.common.Id.PackId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.platform.store.ObjectStore;
import dev.berth.controlplane.snapshot.content.CorruptException;
import dev.berth.controlplane.snapshot.content.Entry;
import dev.berth.controlplane.snapshot.content.Listing;
import dev.berth.controlplane.snapshot.content.Manifests;
import dev.berth.controlplane.snapshot.content.StoredContent;
import dev.berth.controlplane.snapshot.content.StoredObject;
import dev.berth.controlplane.snapshot.content.StoredSnapshot;
import dev.berth.controlplane.snapshot.content.TarStream;
import dev.berth.controlplane.snapshot.content.TreeDiff;
import dev.berth.controlplane.snapshot.content.TreePath;
import dev.berth.controlplane.snapshot.content.TreeWalk;
import dev.berth.controlplane.snapshot.content.Verification;
import dev.berth.format.FormatException;
import dev.berth.format.Node;
import dev.berth.format.Sha256;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is in snapshots, read from the store. Nothing here may run in a transaction.
 *
 * <p>Every method may throw NOT_FOUND (snapshot), PATH_NOT_FOUND, PATH_TYPE, OBJECT_CORRUPT and
 * STORE_UNAVAILABLE.
 */
@Singleton
class SnapshotContents {

  private final SnapshotService snapshots;
  private final PackRepository packs;
  private final Manifests manifests;
  private final ObjectStore store;

  SnapshotContents(
      SnapshotService snapshots, PackRepository packs, Manifests manifests, ObjectStore store) {
    this.snapshots = snapshots;
    this.packs = packs;
    this.manifests = manifests;
    this.store = store;
  }

  /** Which place in which snapshot. */
  record Place(ProjectId project, SnapshotId snapshot, String root, TreePath path) {}

  /** Takes what differs, one path after the other. */
  @FunctionalInterface
  interface Changes {
    void take(TreeDiff.Change change) throws InterruptedException;
  }

  Listing list(Place place, boolean recursive, @Nullable TreePath after, int limit) {
    return in(
        place,
        (stored, walk) -> {
          if (!find(walk, place).isDirectory()) {
            throw SnapshotErrors.pathType(place.snapshot(), place.path(), "directory");
          }
          return Listing.read(walk, recursive, after, limit);
        });
  }

  Entry stat(Place place) {
    return in(place, (stored, walk) -> find(walk, place));
  }

  /**
   * Writes a range of a file, to its end where {@code length} is 0, and closes {@code out}.
   *
   * @param first is given the file before the first byte is written
   */
  void read(Place place, long offset, long length, Consumer<Entry> first, OutputStream out) {
    in(
        place,
        (stored, walk) -> {
          Entry entry = find(walk, place);
          if (!(entry.node() instanceof Node.File file)) {
            throw SnapshotErrors.pathType(place.snapshot(), place.path(), "file");
          }
          if (offset > file.size()) {
            throw SnapshotErrors.offsetOutOfRange(offset, file.size());
          }
          first.accept(entry);
          long rest = file.size() - offset;
          try (StoredContent content = new StoredContent(store, stored, walk.packs())) {
            content.copy(file, offset, length == 0 ? rest : Math.min(length, rest), out);
          }
          out.close();
          return entry;
        });
  }

  /** Writes a tar stream of what is at the place, and closes {@code out}. */
  void pull(Place place, OutputStream out) {
    in(
        place,
        (stored, walk) -> {
          Entry top = find(walk, place);
          try (StoredContent content = new StoredContent(store, stored, walk.packs())) {
            new TarStream(content).write(walk, out);
          }
          return top;
        });
  }

  /**
   * Gives every difference below the place. The path may be missing in one of the two.
   *
   * @param base null: the parent of the place's snapshot, or nothing where it has none
   */
  void diff(@Nullable SnapshotId base, Place place, Changes changes) throws InterruptedException {
    StoredSnapshot after = stored(place.project(), place.snapshot());
    Optional<SnapshotId> before =
        base != null
            ? Optional.of(base)
            : Optional.ofNullable(snapshots.get(place.snapshot(), place.project()).parent());
    StoredSnapshot old = before.isPresent() ? stored(place.project(), before.get()) : after;
    SnapshotId read = old.id();
    try (TreeWalk was = manifests.open(old)) {
      read = after.id();
      try (TreeWalk is = manifests.open(after)) {
        boolean there = before.isPresent() && was.find(place.root(), place.path()).isPresent();
        if (is.find(place.root(), place.path()).isEmpty() && !there && !place.path().isRoot()) {
          throw SnapshotErrors.pathNotFound(place.snapshot(), place.path());
        }
        var diff = new TreeDiff(was, is);
        for (var next = diff.next(); next.isPresent(); next = diff.next()) {
          changes.take(next.get());
        }
      }
    } catch (CorruptException e) {
      requireThere(place.project(), read);
      throw SnapshotErrors.corrupt(read, e.message());
    } catch (IOException e) {
      throw failure(read, e);
    }
  }

  /** Checks every hash; what is damaged is told, not thrown. */
  Verification.Progress verify(
      ProjectId project, SnapshotId snapshot, Verification.Listener listener)
      throws InterruptedException {
    StoredSnapshot stored = stored(project, snapshot);
    try {
      Verification.Progress result = new Verification(store, stored, listener).run(manifests);
      requireThere(project, snapshot);
      return result;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One that was deleted meanwhile is not damaged. */
  private void requireThere(ProjectId project, SnapshotId id) {
    snapshots.get(id, project);
  }

  StoredSnapshot stored(ProjectId project, SnapshotId id) {
    Snapshot snapshot = snapshots.get(id, project);
    SnapshotRef ref = snapshots.ref(snapshot.id());
    Map<PackId, StoredObject> objects = new HashMap<>();
    for (Pack pack : packs.ofSnapshot(id)) {
      objects.put(
          pack.id(),
          new StoredObject(pack.id(), pack.objectKey(), Sha256.parse(pack.sha256()), pack.size()));
    }
    StoredObject manifest = objects.get(ref.manifest());
    if (manifest == null) {
      throw SnapshotErrors.notFound(id);
    }
    return new StoredSnapshot(id, manifest, objects);
  }

  @FunctionalInterface
  private interface Reading<T> {
    T read(StoredSnapshot stored, TreeWalk walk) throws IOException, CorruptException;
  }

  private <T> T in(Place place, Reading<T> reading) {
    StoredSnapshot stored = stored(place.project(), place.snapshot());
    try (TreeWalk walk = manifests.open(stored)) {
      return reading.read(stored, walk);
    } catch (CorruptException e) {
      requireThere(place.project(), place.snapshot());
      throw SnapshotErrors.corrupt(place.snapshot(), e.message()).with("path", place.path());
    } catch (IOException e) {
      throw failure(place.snapshot(), e);
    }
  }

  static RuntimeException failure(SnapshotId snapshot, IOException e) {
    return e instanceof FormatException damaged
        ? SnapshotErrors.corrupt(snapshot, "The snapshot's manifest " + damaged.getMessage())
        : new UncheckedIOException(e);
  }

  private static Entry find(TreeWalk walk, Place place) throws IOException {
    return walk.find(place.root(), place.path())
        .orElseThrow(() -> SnapshotErrors.pathNotFound(place.snapshot(), place.path()));
  }
}
