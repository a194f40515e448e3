package dev.berth.controlplane.platform.replica;

import dev.berth.common.IdSource;
import dev.berth.controlplane.platform.auth.Credentials;
import dev.berth.controlplane.platform.auth.Principal;
import dev.berth.controlplane.platform.loop.StartTask;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Objects;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
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

  /**
   * 256 bits that only this installation can work out, the same for the same purpose and seed: for
   * secrets that are to be told again and kept nowhere.
   */
  public byte[] derive(String purpose, String seed) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(replicaSecret().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return mac.doFinal((purpose + "\0" + seed).getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  String replicaSecret() {
    return Objects.requireNonNull(replicaSecret, "before the start");
  }
}
