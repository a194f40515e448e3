package dev.berth.executor.workspace;

import dev.berth.executor.workspace.WorkspaceException.Reason;
import dev.berth.format.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The control plane's side of the files of one attempt, by its rules; the objects are in a real
 * store.
 */
final class ArtifactPlane implements ArtifactTransfers {
  private final S3 s3;
  private final String prefix;
  private final Map<String, File> files = new LinkedHashMap<>();
  private final AtomicInteger names = new AtomicInteger();

  /** What the next commit does: it is applied or not, and its answer is lost. */
  boolean loseNextCommit;

  boolean storeRefuses;

  /**
   * @param prefix of the names of its objects
   */
  ArtifactPlane(S3 s3, String prefix) {
    this.s3 = s3;
    this.prefix = prefix;
  }

  private record File(String id, long size, Sha256 sha256, boolean ready) {}

  @Override
  public synchronized Announced announce(String path, long size, Sha256 sha256) throws IOException {
    if (storeRefuses) {
      throw new WorkspaceException(Reason.UNAVAILABLE, "The store does not answer.");
    }
    File known = files.get(path);
    if (known != null && known.ready()) {
      return new Announced(known.id(), Optional.empty());
    }
    if (known == null || !known.sha256().equals(sha256)) {
      known = new File(prefix + names.incrementAndGet(), size, sha256, false);
      files.put(path, known);
    }
    return new Announced(known.id(), Optional.of(s3.presign(true, known.id())));
  }

  @Override
  public synchronized void commit(String artifact) throws IOException {
    files.replaceAll((path, file) ->
        file.id().equals(artifact) ? new File(file.id(), file.size(), file.sha256(), true) : file);
    if (loseNextCommit) {
      loseNextCommit = false;
      throw new WorkspaceException(Reason.HOST, "the agent fell before it heard the answer");
    }
  }

  /** What is kept, by path, as the store has it. */
  synchronized Map<String, String> kept() throws IOException {
    Map<String, String> kept = new LinkedHashMap<>();
    for (var each : files.entrySet()) {
      if (each.getValue().ready()) {
        kept.put(each.getKey(), Files.readString(s3.object(each.getValue().id())));
      }
    }
    return kept;
  }

  synchronized String idOf(String path) {
    return Objects.requireNonNull(files.get(path)).id();
  }
}
