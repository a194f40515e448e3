package dev.berth.executor.workspace;

import dev.berth.executor.workspace.SnapshotTransfers.Transfer;
import dev.berth.format.Sha256;
import java.io.IOException;
import java.util.Optional;

/**
 * What it takes of the control plane to keep files of one attempt. Safe for many threads; every
 * call blocks.
 *
 * <p>Each call may throw {@link WorkspaceException} with {@code HOST} (the control plane is away:
 * nothing was decided), {@code UNAVAILABLE} (the store is), or, never to be tried again, with why
 * the file is not taken.
 */
public interface ArtifactTransfers {

  /**
   * A file that will be an artifact.
   *
   * @param upload where to put it; empty where it is one already
   */
  record Announced(String artifact, Optional<Transfer> upload) {}

  /** Asking again for the same content is harmless, and answers the same artifact. */
  Announced announce(String path, long size, Sha256 sha256) throws IOException;

  /** Makes the artifact of what was uploaded. Idempotent. */
  void commit(String artifact) throws IOException;
}
