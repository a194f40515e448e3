package dev.berth.format;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A SHA-256 digest, as four big-endian words. */
public record Sha256(long a, long b, long c, long d) {
  public static final int BYTES = 32;
  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** Reads 32 bytes from {@code offset} on. */
  public static Sha256 at(byte[] bytes, int offset) {
    return new Sha256(
        (long) WORD.get(bytes, offset),
        (long) WORD.get(bytes, offset + 8),
        (long) WORD.get(bytes, offset + 16),
        (long) WORD.get(bytes, offset + 24));
  }

  public static Sha256 of(byte[] content, int offset, int length) {
    MessageDigest digest = digest();
    digest.update(content, offset, length);
    return finish(digest);
  }

  public static Sha256 finish(MessageDigest digest) {
    return at(digest.digest(), 0);
  }

  public static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /**
   * @throws IllegalArgumentException unless it is 64 hexadecimal digits
   */
  public static Sha256 parse(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("a SHA-256 has 64 hexadecimal digits");
    }
    return at(bytes, 0);
  }

  public byte[] toBytes() {
    byte[] bytes = new byte[BYTES];
    WORD.set(bytes, 0, a);
    WORD.set(bytes, 8, b);
    WORD.set(bytes, 16, c);
    WORD.set(bytes, 24, d);
    return bytes;
  }

  /** Lower-case hexadecimal. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(toBytes());
  }
}
