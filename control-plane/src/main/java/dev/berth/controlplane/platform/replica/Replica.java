package dev.berth.controlplane.platform.replica;

import dev.berth.common.Id.ReplicaId;
import dev.berth.common.IdSource;
import jakarta.inject.Singleton;

/** This process: another replica after each start. */
@Singleton
public final class Replica {
  private final ReplicaId id;

  Replica(IdSource ids) {
    this.id = new ReplicaId(ids.next());
  }

  public ReplicaId id() {
    return id;
  }
}
