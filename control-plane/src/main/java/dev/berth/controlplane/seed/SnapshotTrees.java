package dev.berth.controlplane.seed;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.format.ManifestReader;
import dev.berth.format.Node;
import java.io.IOException;

/**
 * The trees of snapshots, from the store; the feature that has them implements it. Nothing here may
 * run in a transaction.
 */
public interface SnapshotTrees {

  /** Goes through a tree, from its start. */
  @FunctionalInterface
  interface Reading<T> {
    T read(ManifestReader tree, Contents contents) throws IOException;
  }

  /** Reads files of the tree, checked by their digests. */
  @FunctionalInterface
  interface Contents {
    byte[] of(Node.File file) throws IOException;
  }

  /**
   * @throws dev.berth.controlplane.platform.errors.BerthException NOT_FOUND, OBJECT_CORRUPT,
   *     STORE_UNAVAILABLE
   */
  <T> T read(ProjectId project, SnapshotId id, Reading<T> reading);
}
