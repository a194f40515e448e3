package dev.berth.controlplane.snapshot;

import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.loop.Reconciler;
import dev.berth.controlplane.platform.store.ObjectStore;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes packs that were announced and never became part of a snapshot: dooms them in one
 * transaction, then deletes object and row of each. A commit that locked a pack first is passed
 * over; one that comes later finds it doomed and is refused. Interrupted anywhere, the next step
 * goes on; keys are never used again, so deleting twice does no harm.
 */
@Singleton
final class PackCollector implements Reconciler {

  private static final int BATCH = 200;
  private static final Logger log = LoggerFactory.getLogger(PackCollector.class);

  private final Transactions transactions;
  private final PackRepository packs;
  private final ObjectStore store;
  private final CollectionConfig config;

  PackCollector(
      Transactions transactions, PackRepository packs, ObjectStore store, CollectionConfig config) {
    this.transactions = transactions;
    this.packs = packs;
    this.store = store;
    this.config = config;
  }

  @Override
  public String name() {
    return "packs";
  }

  @Override
  public Duration interval() {
    return config.interval();
  }

  @Override
  public void runOnce() {
    int doomed = transactions.call(() -> packs.doomAbandoned(config.uploadingAge(), BATCH));
    if (doomed > 0) {
      log.info("{} packs that no snapshot names are collected", doomed);
    }
    for (Pack pack : packs.doomed(BATCH)) {
      store.delete(pack.objectKey());
      packs.deleteDoomed(pack.id());
    }
  }
}
