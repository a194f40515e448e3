package dev.berth.controlplane.platform.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;

/**
 * Bearer credentials: a prefix that tells the kind, then 256 random bits as 43 characters of
 * base64url. They are kept as their SHA-256 alone; so much randomness needs no salt.
 */
public final class Credentials {
  private static final int RANDOM_BYTES = 32;
  private static final String KEY = "berth_";
  private static final String EXECUTOR = "berthx_";
  private static final String ENROLMENT = "berthe_";
  private static final String REPLICA = "berthr_";

  private Credentials() {}

  /** A new credential; show it once, keep its {@link #hash}. */
  public static String generate(Principal.Kind kind) {
    byte[] random = new byte[RANDOM_BYTES];
    new SecureRandom().nextBytes(random);
    return of(kind, random);
  }

  /** The credential of 256 bits that nobody can guess. */
  public static String of(Principal.Kind kind, byte[] secret) {
    if (secret.length != RANDOM_BYTES) {
      throw new IllegalArgumentException("a credential has 256 bits");
    }
    return prefix(kind) + Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
  }

  public static byte[] hash(String credential) {
    try {
      return MessageDigest.getInstance("SHA-256")
          .digest(credential.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What kind the credential says to be; empty when it has the form of none. */
  static Optional<Principal.Kind> kind(String credential) {
    for (Principal.Kind kind : Principal.Kind.values()) {
      if (credential.startsWith(prefix(kind))
          && credential.length() == prefix(kind).length() + 43) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }

  private static String prefix(Principal.Kind kind) {
    return switch (kind) {
      case KEY -> KEY;
      case EXECUTOR -> EXECUTOR;
      case ENROLMENT -> ENROLMENT;
      case REPLICA -> REPLICA;
    };
  }
}
