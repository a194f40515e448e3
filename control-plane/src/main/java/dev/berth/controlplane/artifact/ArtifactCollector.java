package dev.berth.controlplane.artifact;

import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.loop.Reconciler;
import dev.berth.controlplane.platform.store.ObjectStore;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;

/**
 * Removes artifacts that were deleted, have expired, were of a session that somebody deleted, or
 * whose upload never ended: dooms them in a transaction, then deletes object and row of each.
 * Interrupted anywhere, the next step goes on.
 */
@Singleton
public final class ArtifactCollector implements Reconciler {
  /** Longer than a client's upload of the largest file, and than an executor's URL lives. */
  static final Duration ABANDONED = Duration.ofHours(1);

  /** How far back deleted sessions are looked at; it bounds what a step reads. */
  private static final Duration RECENTLY = Duration.ofDays(1);

  private static final int BATCH = 500;

  private final Transactions transactions;
  private final ArtifactRepository artifacts;
  private final ObjectStore store;

  ArtifactCollector(Transactions transactions, ArtifactRepository artifacts, ObjectStore store) {
    this.transactions = transactions;
    this.artifacts = artifacts;
    this.store = store;
  }

  @Override
  public String name() {
    return "artifacts";
  }

  @Override
  public Duration interval() {
    return Duration.ofMinutes(1);
  }

  @Override
  public void runOnce() {
    collect(ABANDONED);
  }

  void collect(Duration abandoned) {
    int doomed =
        transactions.call(() ->
            artifacts.doomAbandoned(abandoned, BATCH)
                + artifacts.doomExpired(BATCH)
                + artifacts.doomOfDeletedSessions(RECENTLY, BATCH));
    List<Artifact> batch;
    do {
      batch = artifacts.doomed(BATCH);
      for (Artifact artifact : batch) {
        store.delete(artifact.objectKey());
        transactions.run(() -> artifacts.deleteDoomed(artifact.id()));
      }
    } while (batch.size() == BATCH);
    assert doomed >= 0;
  }
}
