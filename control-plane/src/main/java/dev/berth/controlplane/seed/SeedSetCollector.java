package dev.berth.controlplane.seed;

import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.loop.Reconciler;
import dev.berth.controlplane.platform.store.ObjectStore;
import jakarta.inject.Singleton;
import java.time.Duration;

/**
 * Removes sets that were deleted, whose upload never ended, or that were made for manifests nobody
 * has any more: dooms them in one transaction, then deletes object and row of each. Interrupted
 * anywhere, the next step goes on.
 */
@Singleton
final class SeedSetCollector implements Reconciler {
  /** Longer than a call that makes a set and then the session that holds it. */
  static final Duration AGE = Duration.ofHours(1);

  private static final int BATCH = 200;

  private final Transactions transactions;
  private final SeedSetRepository sets;
  private final ObjectStore store;

  SeedSetCollector(Transactions transactions, SeedSetRepository sets, ObjectStore store) {
    this.transactions = transactions;
    this.sets = sets;
    this.store = store;
  }

  @Override
  public String name() {
    return "seed-sets";
  }

  @Override
  public Duration interval() {
    return Duration.ofMinutes(10);
  }

  @Override
  public void runOnce() {
    collect(AGE);
  }

  void collect(Duration age) {
    transactions.call(() -> sets.doomAbandoned(age, BATCH));
    for (SeedSet set : sets.doomed(BATCH)) {
      store.delete(set.objectKey());
      transactions.run(() -> sets.deleteDoomed(set.id()));
    }
  }
}
