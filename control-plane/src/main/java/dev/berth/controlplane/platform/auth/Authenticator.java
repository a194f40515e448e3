package dev.berth.controlplane.platform.auth;

import dev.berth.common.Id.ProjectId;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whom a credential belongs to. Keys and executor credentials are remembered for {@value
 * #REMEMBER_SECONDS} s: so long a revoked one may still be taken, and so long the database may be
 * away. Unknown ones are never remembered.
 */
@Singleton
public final class Authenticator {
  static final int REMEMBER_SECONDS = 10;
  private static final int REMEMBER_AT_MOST = 10_000;
  private static final String SCHEME = "bearer ";

  private record Remembered(Principal principal, Instant until) {}

  private final CredentialRepository repository;
  private final Clock clock;
  private final Map<ByteBuffer, Remembered> memory = new ConcurrentHashMap<>();

  Authenticator(CredentialRepository repository, Clock clock) {
    this.repository = repository;
    this.clock = clock;
  }

  /**
   * The principal of an {@code authorization} header.
   *
   * @throws dev.berth.controlplane.platform.errors.BerthException UNAUTHENTICATED
   */
  public Principal authenticate(@Nullable String authorization) {
    if (authorization == null || authorization.isBlank()) {
      throw AuthErrors.missing();
    }
    if (!authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      throw AuthErrors.invalid();
    }
    String credential = authorization.substring(SCHEME.length()).strip();
    Principal.Kind kind = Credentials.kind(credential).orElseThrow(AuthErrors::invalid);
    byte[] hash = Credentials.hash(credential);
    ByteBuffer key = ByteBuffer.wrap(hash);
    Instant now = clock.instant();
    Remembered remembered = memory.get(key);
    if (remembered != null && now.isBefore(remembered.until())) {
      return remembered.principal();
    }
    memory.remove(key);
    CredentialRepository.Known known =
        find(kind, hash, credential).orElseThrow(AuthErrors::invalid);
    if (known.expired()) {
      throw AuthErrors.expired();
    }
    if (kind != Principal.Kind.ENROLMENT) {
      remember(
          key, new Remembered(known.principal(), now.plus(Duration.ofSeconds(REMEMBER_SECONDS))));
    }
    return known.principal();
  }

  /**
   * Forgets what is remembered of the project's credentials: revocation takes effect here at once.
   */
  public void forget(ProjectId project) {
    memory.values().removeIf(r -> project.equals(r.principal().project()));
  }

  private Optional<CredentialRepository.Known> find(
      Principal.Kind kind, byte[] hash, String credential) {
    return switch (kind) {
      case KEY -> repository.key(hash);
      case EXECUTOR -> repository.executor(hash);
      case ENROLMENT -> repository.enrolmentToken(hash);
      case REPLICA ->
          repository
              .replicaSecret()
              .filter(secret -> MessageDigest.isEqual(Credentials.hash(secret), hash))
              .filter(secret -> secret.length() == credential.length())
              .map(secret ->
                  new CredentialRepository.Known(
                      new Principal(Principal.Kind.REPLICA, "replica", null, Role.REPLICA), false));
    };
  }

  private void remember(ByteBuffer key, Remembered remembered) {
    if (memory.size() >= REMEMBER_AT_MOST) {
      memory.clear();
    }
    memory.put(key, remembered);
  }
}
