package dev.berth.executor.workspace;

import dev.berth.executor.workspace.WorkspaceException.Reason;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One 512-byte block that begins an entry of a tar stream. Names and targets are bytes.
 *
 * @param type the type flag
 * @param prefix to be put before the name, with a slash; empty if the block is not a POSIX one
 */
record TarHeader(
    char type, byte[] name, byte[] prefix, byte[] link, int mode, long size, long mtime) {
  static final int BLOCK = 512;

  /**
   * @throws WorkspaceException ARCHIVE_INVALID if it is none
   */
  static TarHeader parse(byte[] block) throws WorkspaceException {
    long sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      sum += i >= 148 && i < 156 ? ' ' : block[i] & 0xff;
    }
    if (sum != number(block, 148, 8)) {
      throw invalid("is damaged, or is not a tar stream");
    }
    boolean posix =
        block[262] == 0 && new String(block, 257, 5, StandardCharsets.US_ASCII).equals("ustar");
    return new TarHeader(
        (char) (block[156] & 0xff),
        text(block, 0, 100),
        posix ? text(block, 345, 155) : new byte[0],
        text(block, 157, 100),
        (int) number(block, 100, 8) & 0777,
        number(block, 124, 12),
        number(block, 136, 12));
  }

  byte[] fullName() {
    if (prefix.length == 0) {
      return name;
    }
    byte[] full = Arrays.copyOf(prefix, prefix.length + 1 + name.length);
    full[prefix.length] = '/';
    System.arraycopy(name, 0, full, prefix.length + 1, name.length);
    return full;
  }

  private static byte[] text(byte[] block, int offset, int length) {
    int end = offset;
    while (end < offset + length && block[end] != 0) {
      end++;
    }
    return Arrays.copyOfRange(block, offset, end);
  }

  /** Octal digits, or GNU's base 256. */
  private static long number(byte[] block, int offset, int length) throws WorkspaceException {
    if ((block[offset] & 0x80) != 0) {
      boolean negative = (block[offset] & 0x40) != 0;
      long value = negative ? -1 : 0;
      for (int i = 0; i < length; i++) {
        int octet = i == 0 && !negative ? block[offset] & 0x7f : block[offset + i] & 0xff;
        if (value >> 55 != 0 && value >> 55 != -1) {
          throw invalid("has a number that is too large");
        }
        value = value << 8 | octet;
      }
      return value;
    }
    long value = 0;
    for (int i = offset; i < offset + length; i++) {
      int c = block[i];
      if (c >= '0' && c <= '7') {
        value = value << 3 | (c - '0');
      } else if (c != 0 && c != ' ') {
        throw invalid("is damaged, or is not a tar stream");
      }
    }
    return value;
  }

  static WorkspaceException invalid(String what) {
    return new WorkspaceException(Reason.ARCHIVE_INVALID, "the archive " + what);
  }

  /**
   * The block for an entry; texts longer than their fields are cut, so a pax entry has to carry
   * them.
   */
  static byte[] write(char type, byte[] name, byte[] link, int mode, long size, long mtime) {
    byte[] block = new byte[BLOCK];
    System.arraycopy(name, 0, block, 0, Math.min(100, name.length));
    octal(block, 100, 8, mode);
    octal(block, 108, 8, 0);
    octal(block, 116, 8, 0);
    octal(block, 124, 12, size < 1L << 33 ? size : 0);
    octal(block, 136, 12, Math.clamp(mtime, 0, (1L << 33) - 1));
    block[156] = (byte) type;
    System.arraycopy(link, 0, block, 157, Math.min(100, link.length));
    System.arraycopy("ustar\00000".getBytes(StandardCharsets.US_ASCII), 0, block, 257, 8);
    Arrays.fill(block, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    octal(block, 148, 7, sum);
    return block;
  }

  private static void octal(byte[] block, int offset, int length, long value) {
    String digits = Long.toOctalString(value);
    Arrays.fill(block, offset, offset + length - 1, (byte) '0');
    byte[] text = digits.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(text, 0, block, offset + length - 1 - text.length, text.length);
    block[offset + length - 1] = 0;
  }
}
