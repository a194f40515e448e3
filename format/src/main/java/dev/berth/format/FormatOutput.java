package dev.berth.format;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;

/** Writes numbers as LEB128, seven bits a byte, low ones first. */
final class FormatOutput implements Closeable {
  private final OutputStream out;
  private final byte[] buffer = new byte[1 << 16];
  private int filled;

  FormatOutput(OutputStream out) {
    this.out = out;
  }

  void octet(int value) throws IOException {
    if (filled == buffer.length) {
      flushBuffer();
    }
    buffer[filled++] = (byte) value;
  }

  /** A number of at most 64 bits, taken as unsigned. */
  void number(long value) throws IOException {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      octet((int) (rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    octet((int) rest);
  }

  /** A signed number, zigzag. */
  void signed(long value) throws IOException {
    number((value << 1) ^ (value >> 63));
  }

  void bytes(byte[] bytes) throws IOException {
    if (bytes.length > buffer.length - filled) {
      flushBuffer();
    }
    if (bytes.length > buffer.length) {
      out.write(bytes);
      return;
    }
    System.arraycopy(bytes, 0, buffer, filled, bytes.length);
    filled += bytes.length;
  }

  void digest(Sha256 sha256) throws IOException {
    bytes(sha256.toBytes());
  }

  private void flushBuffer() throws IOException {
    out.write(buffer, 0, filled);
    filled = 0;
  }

  @Override
  public void close() throws IOException {
    flushBuffer();
    out.close();
  }
}
