package dev.berth.controlplane.system;

import dev.berth.common.Id.ReplicaId;
import dev.berth.controlplane.platform.config.LeaseConfig;
import dev.berth.controlplane.platform.db.DatabaseEndpoint;
import dev.berth.controlplane.platform.replica.Installation;
import dev.berth.controlplane.platform.replica.Replica;
import dev.berth.controlplane.platform.store.StoreEndpoint;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;

/** Which server this is. */
@Singleton
public final class ServerInfo {
  private final Installation installation;
  private final Replica replica;
  private final DatabaseEndpoint database;
  private final StoreEndpoint store;
  private final LeaseConfig lease;

  ServerInfo(
      Installation installation,
      Replica replica,
      DatabaseEndpoint database,
      StoreEndpoint store,
      LeaseConfig lease) {
    this.installation = installation;
    this.replica = replica;
    this.database = database;
    this.store = store;
    this.lease = lease;
  }

  /** The version of the build; {@code development} when not run from its jar. */
  public String version() {
    return Objects.requireNonNullElse(
        ServerInfo.class.getPackage().getImplementationVersion(), "development");
  }

  public UUID installationId() {
    return installation.id();
  }

  public ReplicaId replicaId() {
    return replica.id();
  }

  public boolean databaseEmbedded() {
    return database.embedded();
  }

  public boolean storeEmbedded() {
    return store.embedded();
  }

  public Duration lease() {
    return lease.executor();
  }
}
