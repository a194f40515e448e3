package dev.berth.format;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/** Reads what {@link FormatOutput} wrote, and trusts none of it: every number has a bound. */
final class FormatInput implements Closeable {
  private final InputStream in;
  private final byte[] buffer = new byte[1 << 16];
  private int at;
  private int filled;

  FormatInput(InputStream in) {
    this.in = in;
  }

  int octet() throws IOException {
    if (at == filled) {
      fill();
    }
    return buffer[at++] & 0xff;
  }

  private void fill() throws IOException {
    try {
      filled = in.read(buffer, 0, buffer.length);
    } catch (IOException e) {
      throw new FormatException("damaged", e);
    }
    at = 0;
    if (filled <= 0) {
      filled = 0;
      throw new FormatException("ends too early");
    }
  }

  /** A number from 0 to {@code max}. */
  long number(long max, String what) throws IOException {
    long value = raw();
    if (value < 0 || value > max) {
      throw new FormatException(what + " is out of bounds");
    }
    return value;
  }

  int count(int max, String what) throws IOException {
    return (int) number(max, what);
  }

  long signed() throws IOException {
    long value = raw();
    return (value >>> 1) ^ -(value & 1);
  }

  private long raw() throws IOException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int octet = octet();
      if (shift == 63 && octet > 1) {
        break;
      }
      value |= (long) (octet & 0x7f) << shift;
      if ((octet & 0x80) == 0) {
        return value;
      }
    }
    throw new FormatException("a number is longer than 64 bits");
  }

  byte[] bytes(int length) throws IOException {
    byte[] bytes = new byte[length];
    int done = 0;
    while (done < length) {
      if (at == filled) {
        fill();
      }
      int part = Math.min(length - done, filled - at);
      System.arraycopy(buffer, at, bytes, done, part);
      at += part;
      done += part;
    }
    return bytes;
  }

  Sha256 digest() throws IOException {
    return Sha256.at(bytes(Sha256.BYTES), 0);
  }

  void expectEnd() throws IOException {
    int more;
    try {
      more = at < filled ? 1 : in.read(buffer, 0, 1);
    } catch (IOException e) {
      throw new FormatException("damaged", e);
    }
    if (more > 0) {
      throw new FormatException("goes on after its end");
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
