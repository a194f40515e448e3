package dev.berth.controlplane.snapshot;

import dev.berth.common.Id.PackId;
import dev.berth.controlplane.platform.store.ObjectStore;
import io.micronaut.scheduling.TaskExecutors;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/** Looks whether objects are in the store as their rows say. */
@Singleton
class StoredPacks {

  private static final int AT_ONCE = 16;

  private final ObjectStore store;
  private final ExecutorService threads;

  StoredPacks(ObjectStore store, @Named(TaskExecutors.VIRTUAL) ExecutorService threads) {
    this.store = store;
    this.threads = threads;
  }

  /**
   * The packs whose objects are missing or have another size, in order. Asks the store for each, at
   * most {@value #AT_ONCE} at a time; throws STORE_UNAVAILABLE where it does not answer.
   */
  List<PackId> broken(Collection<Pack> packs) {
    var places = new Semaphore(AT_ONCE);
    var asked = new ArrayList<Future<OptionalLong>>(packs.size());
    for (Pack pack : packs) {
      places.acquireUninterruptibly();
      asked.add(
          threads.submit(() -> {
            try {
              return store.size(pack.objectKey());
            } finally {
              places.release();
            }
          }));
    }
    var broken = new ArrayList<PackId>();
    int next = 0;
    for (Pack pack : packs) {
      OptionalLong size = answer(asked.get(next++));
      if (size.isEmpty() || size.getAsLong() != pack.size()) {
        broken.add(pack.id());
      }
    }
    return broken;
  }

  private static OptionalLong answer(Future<OptionalLong> asked) {
    try {
      return asked.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new java.util.concurrent.CancellationException("interrupted");
    }
  }
}
