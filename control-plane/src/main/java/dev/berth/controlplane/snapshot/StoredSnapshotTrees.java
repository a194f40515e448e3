package dev.berth.controlplane.snapshot;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.platform.store.ObjectStore;
import dev.berth.controlplane.seed.SnapshotTrees;
import dev.berth.controlplane.snapshot.content.CorruptException;
import dev.berth.controlplane.snapshot.content.Manifests;
import dev.berth.controlplane.snapshot.content.StoredContent;
import dev.berth.controlplane.snapshot.content.StoredSnapshot;
import dev.berth.controlplane.snapshot.content.TreeWalk;
import dev.berth.format.Node;
import jakarta.inject.Singleton;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

@Singleton
class StoredSnapshotTrees implements SnapshotTrees {
  private final SnapshotContents contents;
  private final Manifests manifests;
  private final ObjectStore store;

  StoredSnapshotTrees(SnapshotContents contents, Manifests manifests, ObjectStore store) {
    this.contents = contents;
    this.manifests = manifests;
    this.store = store;
  }

  @Override
  public <T> T read(ProjectId project, SnapshotId id, Reading<T> reading) {
    StoredSnapshot stored = contents.stored(project, id);
    try (TreeWalk walk = manifests.open(stored);
        StoredContent content = new StoredContent(store, stored, walk.packs())) {
      return reading.read(walk.manifest(), file -> bytes(id, content, file));
    } catch (CorruptException e) {
      throw SnapshotErrors.corrupt(id, e.message());
    } catch (IOException e) {
      throw SnapshotContents.failure(id, e);
    }
  }

  private static byte[] bytes(SnapshotId id, StoredContent content, Node.File file)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(Math.toIntExact(file.size()));
    try {
      content.copy(file, 0, file.size(), bytes);
    } catch (CorruptException e) {
      throw SnapshotErrors.corrupt(id, e.message());
    }
    return bytes.toByteArray();
  }
}
