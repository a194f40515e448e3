package dev.berth.format;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Makes bytes of a path readable, without letting them act on a terminal or a log. */
public final class PathText {
  private PathText() {}

  public static String escape(byte[] bytes) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      if (text.chars().noneMatch(c -> Character.isISOControl(c) || c == '\\')) {
        return text;
      }
    } catch (CharacterCodingException notUtf8) {
      return escapeEach(bytes);
    }
    return escapeEach(bytes);
  }

  private static String escapeEach(byte[] bytes) {
    StringBuilder text = new StringBuilder(bytes.length + 16);
    for (byte b : bytes) {
      if (b >= 0x20 && b < 0x7f && b != '\\') {
        text.append((char) b);
      } else {
        text.append(String.format("\\x%02x", b & 0xff));
      }
    }
    return text.toString();
  }
}
