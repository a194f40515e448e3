package dev.berth.common;

import java.util.UUID;

/** The text form of ids: a prefix, an underscore, and 128 bits in 26 Crockford base32 digits. */
final class IdText {
  private static final String DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";
  private static final int LENGTH = 26;

  private IdText() {}

  static String print(String prefix, UUID value) {
    var text = new char[LENGTH];
    long high = value.getMostSignificantBits();
    long low = value.getLeastSignificantBits();
    for (int i = LENGTH - 1; i >= 0; i--) {
      text[i] = DIGITS.charAt((int) (low & 31));
      low = (low >>> 5) | (high << 59);
      high >>>= 5;
    }
    return prefix + "_" + new String(text);
  }

  static UUID parse(String prefix, String text) {
    int start = prefix.length() + 1;
    if (text.length() != start + LENGTH
        || !text.startsWith(prefix)
        || text.charAt(start - 1) != '_') {
      throw malformed(prefix);
    }
    long high = 0;
    long low = 0;
    for (int i = start; i < text.length(); i++) {
      int digit = DIGITS.indexOf(text.charAt(i));
      if (digit < 0 || (i == start && digit > 7)) {
        throw malformed(prefix);
      }
      high = (high << 5) | (low >>> 59);
      low = (low << 5) | digit;
    }
    return new UUID(high, low);
  }

  private static IllegalArgumentException malformed(String prefix) {
    return new IllegalArgumentException("must be " + prefix + "_ and 26 base32 characters");
  }
}
