package dev.berth.controlplane.platform.store;

import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.loop.Reconciler;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Makes the bucket once the store answers. A store that is away does not keep the control plane
 * from starting.
 */
@Singleton
final class StoreBucket implements Reconciler {
  private final ObjectStore store;
  private final AtomicBoolean there = new AtomicBoolean();

  StoreBucket(ObjectStore store) {
    this.store = store;
  }

  @Override
  public String name() {
    return "store-bucket";
  }

  @Override
  public Duration interval() {
    return Duration.ofSeconds(5);
  }

  /** Throws {@link BerthException} while the store is away. */
  @Override
  public void runOnce() {
    if (!there.get()) {
      store.ensureBucket();
      there.set(true);
    }
  }
}
