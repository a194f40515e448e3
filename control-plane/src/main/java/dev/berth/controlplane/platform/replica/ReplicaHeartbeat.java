package dev.berth.controlplane.platform.replica;

import dev.berth.controlplane.platform.config.LeaseConfig;
import dev.berth.controlplane.platform.db.DatabaseClock;
import dev.berth.controlplane.platform.loop.Reconciler;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this replica's row alive while its executor listener is open. A gap ({@link
 * LeaseConfig#gap}), because this process or the database was away, resets {@code listening_since}:
 * our own downtime is never an executor's. As often it looks at the database's clock.
 */
@Singleton
public final class ReplicaHeartbeat implements Reconciler {
  private static final Duration FORGET_AFTER = Duration.ofHours(1);
  private static final Logger log = LoggerFactory.getLogger(ReplicaHeartbeat.class);

  private final ReplicaRepository repository;
  private final Replica replica;
  private final DatabaseClock clock;
  private final LeaseConfig lease;
  private volatile @Nullable String privateAddress;

  ReplicaHeartbeat(
      ReplicaRepository repository, Replica replica, DatabaseClock clock, LeaseConfig lease) {
    this.repository = repository;
    this.replica = replica;
    this.clock = clock;
    this.lease = lease;
  }

  /**
   * The executor listener is open at {@code privateAddress}, host:port as other replicas reach it.
   */
  public void open(String privateAddress) {
    this.privateAddress = privateAddress;
    runOnce();
  }

  /** The executor listener is closed; the row goes. */
  public void close() {
    privateAddress = null;
    try {
      repository.delete(replica.id());
    } catch (RuntimeException e) {
      log.info("the row of this replica stays until others forget it: {}", e.getMessage());
    }
  }

  @Override
  public String name() {
    return "replica-heartbeat";
  }

  @Override
  public Duration interval() {
    return lease.heartbeat();
  }

  @Override
  public void runOnce() {
    clock.look();
    String address = privateAddress;
    if (address != null) {
      repository.heartbeat(replica.id(), address, lease.gap());
      repository.deleteSilent(FORGET_AFTER);
    }
  }
}
