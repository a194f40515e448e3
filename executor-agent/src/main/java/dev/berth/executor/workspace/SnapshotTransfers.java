package dev.berth.executor.workspace;

import dev.berth.common.Id.PackId;
import dev.berth.format.Sha256;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a copy needs of the control plane to save and restore itself, for one session and
 * generation. Packs and manifests are objects of the same kind. Safe for many threads; every call
 * blocks.
 *
 * <p>Each call may throw {@link WorkspaceException} with {@code STALE} (the generation is over:
 * never try again) or {@code UNAVAILABLE}, which is retried here, in the implementation, within one
 * call at most for a few seconds; the caller retries for longer.
 */
public interface SnapshotTransfers {

  /**
   * An object that is complete and may be sent.
   *
   * @param size bytes, more than 0
   */
  record ObjectToUpload(PackId id, Sha256 sha256, long size) {}

  /**
   * A presigned request.
   *
   * @param headers to be sent exactly so
   */
  record Transfer(URI uri, Map<String, String> headers) {
    public Transfer {
      headers = Map.copyOf(headers);
    }
  }

  /** Presigned PUTs, one for each object. Asking again is harmless. At most 256 at once. */
  Map<PackId, Transfer> createUploads(List<ObjectToUpload> objects) throws IOException;

  /** Presigned GETs, which take a Range. At most 1,000 at once. */
  Map<PackId, Transfer> createDownloads(Set<PackId> objects) throws IOException;

  /** Asks for the snapshot to be recorded. Sending the same again after any failure is harmless. */
  CommitResult commit(CommitRequest request) throws IOException;
}
