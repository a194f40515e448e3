package dev.berth.controlplane.platform.replica;

import dev.berth.common.IdSource;
import dev.berth.controlplane.platform.auth.Credentials;
import dev.berth.controlplane.platform.auth.Principal;
import dev.berth.controlplane.platform.loop.StartTask;
import jakarta.inject.Singleton;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What all replicas of one database have in common: an id, and the secret they show one another.
 */
@Singleton
public final class Installation implements StartTask {
  private final ReplicaRepository repository;
  private final IdSource ids;
  private volatile @Nullable UUID id;
  private volatile @Nullable String replicaSecret;

  Installation(ReplicaRepository repository, IdSource ids) {
    this.repository = repository;
    this.ids = ids;
  }

  @Override
  public int order() {
    return -100;
  }

  @Override
  public void run() {
    repository.ensureInstallation(ids.next(), Credentials.generate(Principal.Kind.REPLICA));
    id = repository.installationId();
    replicaSecret = repository.replicaSecret();
  }

  public UUID id() {
    return Objects.requireNonNull(id, "before the start");
  }

  String replicaSecret() {
    return Objects.requireNonNull(replicaSecret, "before the start");
  }
}
