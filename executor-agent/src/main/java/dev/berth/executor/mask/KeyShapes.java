package dev.berth.executor.mask;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Keys that are known by how they look, whoever brought them: a word of letters, digits, {@code _}
 * and {@code -} that begins as a kind of key does and is long enough; and JSON web tokens, which
 * are three of them. The begin stays readable, so that it can be told what was there.
 */
final class KeyShapes {

  /** A longer word is no key. */
  static final int LONGEST = 4096;

  /**
   * @param least bytes behind the prefix
   */
  private record Shape(byte[] prefix, int least, IntPredicate letters, boolean digit) {
    Shape(String prefix, int least, IntPredicate letters, boolean digit) {
      this(prefix.getBytes(StandardCharsets.US_ASCII), least, letters, digit);
    }
  }

  private static final int LEAST_OF_TOKEN = 10;
  private static final byte[] TOKEN = "eyJ".getBytes(StandardCharsets.US_ASCII);

  private static final List<Shape> SHAPES =
      List.of(
          new Shape("sk-ant-", 20, KeyShapes::word, false),
          new Shape("sk-", 20, KeyShapes::word, true),
          new Shape("ghp_", 30, KeyShapes::alphanumeric, false),
          new Shape("gho_", 30, KeyShapes::alphanumeric, false),
          new Shape("ghu_", 30, KeyShapes::alphanumeric, false),
          new Shape("ghs_", 30, KeyShapes::alphanumeric, false),
          new Shape("ghr_", 30, KeyShapes::alphanumeric, false),
          new Shape("github_pat_", 20, KeyShapes::word, false),
          new Shape("glpat-", 20, KeyShapes::word, false),
          new Shape("AKIA", 16, KeyShapes::upper, false),
          new Shape("ASIA", 16, KeyShapes::upper, false),
          new Shape("AIza", 35, KeyShapes::word, false),
          new Shape("xoxb-", 10, KeyShapes::word, true),
          new Shape("xoxp-", 10, KeyShapes::word, true),
          new Shape("xoxa-", 10, KeyShapes::word, true),
          new Shape("xoxs-", 10, KeyShapes::word, true));

  private KeyShapes() {}

  /**
   * Marks what is secret of each.
   *
   * @param inside whether something stands before the text, so that its first word may be the rest
   *     of one
   * @return from where on more bytes may make one of what is there; {@code to} where none may
   */
  static int mark(byte[] text, int to, boolean inside, BitSet marked) {
    for (int at = inside ? wordEnd(text, 0, to) : 0; at < to; ) {
      if (!word(text[at])) {
        at++;
        continue;
      }
      int end = wordEnd(text, at, to);
      if (begins(text, at, end, TOKEN)) {
        int last = tokenEnd(text, at, to);
        if (last < 0) {
          return at;
        }
        if (last > end) {
          marked.set(at + TOKEN.length, last);
          end = last;
        }
      }
      if (end == to && end - at <= LONGEST && mayBecome(text, at, end)) {
        return at;
      }
      if (end - at <= LONGEST) {
        mark(text, at, end, marked);
      }
      at = end;
    }
    return to;
  }

  private static void mark(byte[] text, int from, int to, BitSet marked) {
    for (Shape shape : SHAPES) {
      int secret = from + shape.prefix().length;
      if (to - secret >= shape.least() && begins(text, from, to, shape.prefix())) {
        boolean letters = true;
        boolean digit = false;
        for (int i = secret; i < to; i++) {
          letters &= shape.letters().test(text[i]);
          digit |= text[i] >= '0' && text[i] <= '9';
        }
        if (letters && (digit || !shape.digit())) {
          marked.set(secret, to);
          return;
        }
      }
    }
  }

  /** Behind the third word of a token; 0 where it is none, −1 where that is not known yet. */
  private static int tokenEnd(byte[] text, int from, int to) {
    int at = from;
    for (int part = 1; ; part++) {
      int end = wordEnd(text, at, to);
      if (end == to) {
        return end - from <= LONGEST ? -1 : 0;
      }
      if (end - at < LEAST_OF_TOKEN || (part == 2 && !begins(text, at, end, TOKEN))) {
        return 0;
      }
      if (part == 3) {
        return end - from <= LONGEST ? end : 0;
      }
      if (text[end] != '.') {
        return 0;
      }
      at = end + 1;
    }
  }

  private static boolean mayBecome(byte[] text, int from, int to) {
    return SHAPES.stream().anyMatch(shape -> alike(text, from, to, shape.prefix()))
        || alike(text, from, to, TOKEN);
  }

  /** Whether one begins as the other, as far as both go. */
  private static boolean alike(byte[] text, int from, int to, byte[] prefix) {
    for (int i = 0; i < prefix.length && from + i < to; i++) {
      if (text[from + i] != prefix[i]) {
        return false;
      }
    }
    return true;
  }

  private static boolean begins(byte[] text, int from, int to, byte[] prefix) {
    return to - from >= prefix.length && alike(text, from, to, prefix);
  }

  private static int wordEnd(byte[] text, int from, int to) {
    int end = from;
    while (end < to && word(text[end])) {
      end++;
    }
    return end;
  }

  private static boolean word(int letter) {
    return alphanumeric(letter) || letter == '_' || letter == '-';
  }

  private static boolean alphanumeric(int letter) {
    return (letter >= '0' && letter <= '9')
        || (letter >= 'a' && letter <= 'z')
        || (letter >= 'A' && letter <= 'Z');
  }

  private static boolean upper(int letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z');
  }
}
