package dev.berth.executor.journal;

/**
 * Where output may be cut: behind a newline, and inside a line that is longer than {@link #LONGEST}
 * bytes behind each {@link #LONGEST} of them, less the up to three bytes of a UTF-8 character that
 * would be torn. The rule needs nothing but the bytes from an earlier cut, so reading again from
 * any cut finds the same ones.
 */
public final class LineCutter {

  public static final int LONGEST = 16 * 1024;

  private LineCutter() {}

  /**
   * @param from index of an earlier cut in {@code bytes}
   * @param to end of what is known so far
   * @param complete whether nothing will ever follow {@code to}, so that a rest without newline is
   *     cut there
   * @return index behind the next piece, or −1 where it cannot be known yet
   */
  public static int next(byte[] bytes, int from, int to, boolean complete) {
    int limit = Math.min(to, from + LONGEST);
    for (int i = from; i < limit; i++) {
      if (bytes[i] == '\n') {
        return i + 1;
      }
    }
    if (to - from >= LONGEST) {
      return wholeCharacters(bytes, limit);
    }
    return complete && to > from ? to : -1;
  }

  private static int wholeCharacters(byte[] bytes, int end) {
    for (int back = 1; back <= 3; back++) {
      int b = bytes[end - back] & 0xff;
      if (b < 0x80) {
        return end;
      }
      if (b >= 0xc0) {
        int length = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2;
        return length > back ? end - back : end;
      }
    }
    return end;
  }
}
