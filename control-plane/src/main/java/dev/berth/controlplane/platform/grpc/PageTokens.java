package dev.berth.controlplane.platform.grpc;

import dev.berth.controlplane.platform.errors.CommonErrors;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * Page tokens of one call with one set of filters: the key of the last row given, behind a checksum
 * that also covers call and filters. So a token of another call, or with a filter changed in
 * between, is refused and not misread. A token grants nothing: it is no secret.
 */
public final class PageTokens {
  private static final int CHECKSUM_BYTES = 8;
  private static final String SEPARATOR = "\0";

  private final String scope;

  private PageTokens(String scope) {
    this.scope = scope;
  }

  /** {@code PageTokens.of("ListRuns", project, sessionFilter)}. */
  public static PageTokens of(String call, Object... filters) {
    return new PageTokens(call + SEPARATOR + Arrays.toString(filters));
  }

  /** The token that leads on behind the row with that key. */
  public String encode(String... key) {
    byte[] payload = String.join(SEPARATOR, key).getBytes(StandardCharsets.UTF_8);
    byte[] token =
        ByteBuffer.allocate(CHECKSUM_BYTES + payload.length)
            .put(checksum(payload))
            .put(payload)
            .array();
    return Base64.getUrlEncoder().withoutPadding().encodeToString(token);
  }

  /**
   * The key in a token, empty for the first page; INVALID_ARGUMENT (PAGE_TOKEN_INVALID) for a
   * foreign one.
   */
  public Optional<List<String>> decode(String token) {
    if (token.isEmpty()) {
      return Optional.empty();
    }
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(token);
    } catch (IllegalArgumentException e) {
      throw CommonErrors.pageTokenInvalid();
    }
    if (bytes.length < CHECKSUM_BYTES) {
      throw CommonErrors.pageTokenInvalid();
    }
    byte[] payload = Arrays.copyOfRange(bytes, CHECKSUM_BYTES, bytes.length);
    if (!Arrays.equals(checksum(payload), Arrays.copyOf(bytes, CHECKSUM_BYTES))) {
      throw CommonErrors.pageTokenInvalid();
    }
    return Optional.of(List.of(new String(payload, StandardCharsets.UTF_8).split(SEPARATOR, -1)));
  }

  private byte[] checksum(byte[] payload) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(scope.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
      return Arrays.copyOf(digest.digest(payload), CHECKSUM_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
