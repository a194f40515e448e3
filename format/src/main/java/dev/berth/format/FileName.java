package dev.berth.format;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One component of a path, as bytes: 1 to 255 of them, without NUL or slash, neither "." nor "..".
 * Ordered as unsigned bytes.
 */
public final class FileName implements Comparable<FileName> {
  /** The longest name Linux file systems take, in bytes. */
  public static final int MAX_BYTES = 255;

  private final byte[] bytes;

  private FileName(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * @throws IllegalArgumentException if the bytes are not a name
   */
  public static FileName of(byte[] source, int offset, int length) {
    byte[] copy = Arrays.copyOfRange(source, offset, offset + length);
    if (!valid(copy)) {
      throw new IllegalArgumentException("not a file name: " + PathText.escape(copy));
    }
    return new FileName(copy);
  }

  /**
   * @throws IllegalArgumentException if the text is not a name
   */
  public static FileName of(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return of(utf8, 0, utf8.length);
  }

  private static boolean valid(byte[] name) {
    if (name.length == 0 || name.length > MAX_BYTES) {
      return false;
    }
    for (byte b : name) {
      if (b == 0 || b == '/') {
        return false;
      }
    }
    return name[0] != '.' || name.length > 2 || (name.length == 2 && name[1] != '.');
  }

  public byte[] toBytes() {
    return bytes.clone();
  }

  public int length() {
    return bytes.length;
  }

  /** Writes the bytes into {@code target} from {@code offset} on. */
  public void copyTo(byte[] target, int offset) {
    System.arraycopy(bytes, 0, target, offset, bytes.length);
  }

  @Override
  public int compareTo(FileName other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FileName that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** UTF-8, with everything that is not printable escaped as {@code \xNN}. */
  @Override
  public String toString() {
    return PathText.escape(bytes);
  }
}
