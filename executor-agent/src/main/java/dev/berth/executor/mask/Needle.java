package dev.berth.executor.mask;

import java.util.BitSet;

/** One run of bytes that is looked for, in time that grows with the bytes looked at alone. */
final class Needle {
  private final byte[] bytes;

  /** For each length of a match: the longest shorter one that ends with it. */
  private final int[] shorter;

  Needle(byte[] bytes) {
    this.bytes = bytes.clone();
    this.shorter = new int[bytes.length + 1];
    for (int i = 1, known = 0; i < bytes.length; i++) {
      while (known > 0 && bytes[i] != bytes[known]) {
        known = shorter[known];
      }
      known = bytes[i] == bytes[known] ? known + 1 : 0;
      shorter[i + 1] = known;
    }
  }

  int length() {
    return bytes.length;
  }

  /**
   * Marks every byte that is part of one.
   *
   * @return where the one begins that may go on behind {@code to}; {@code to} for none
   */
  int mark(byte[] text, int to, BitSet marked) {
    int known = 0;
    for (int i = 0; i < to; i++) {
      byte next = text[i];
      while (known > 0 && next != bytes[known]) {
        known = shorter[known];
      }
      if (next == bytes[known]) {
        known++;
      }
      if (known == bytes.length) {
        marked.set(i + 1 - known, i + 1);
        known = shorter[known];
      }
    }
    return to - known;
  }
}
