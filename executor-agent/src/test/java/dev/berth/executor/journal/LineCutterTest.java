package dev.berth.executor.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LineCutterTest {

  private static List<Integer> cuts(byte[] bytes, int from, int to, boolean complete) {
    var cuts = new ArrayList<Integer>();
    for (int at = from, cut; (cut = LineCutter.next(bytes, at, to, complete)) >= 0; at = cut) {
      cuts.add(cut);
    }
    return cuts;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void linesAreCutBehindTheirEndsAndARestOnlyWhenNothingFollows() {
    var bytes = utf8("a\n\nbc\nrest");

    assertThat(cuts(bytes, 0, bytes.length, false)).containsExactly(2, 3, 6);
    assertThat(cuts(bytes, 0, bytes.length, true)).containsExactly(2, 3, 6, 10);
    assertThat(LineCutter.next(bytes, 10, 10, true)).isEqualTo(-1);
  }

  @Test
  void aLongLineIsCutByLengthAndNoCharacterIsTorn() {
    var bytes = utf8("x" + "é€😀".repeat(10_000) + "\n");

    var from = 0;
    for (var cut : cuts(bytes, 0, bytes.length, true)) {
      assertThat(cut - from).isLessThanOrEqualTo(LineCutter.LONGEST);
      assertThat(new String(bytes, from, cut - from, StandardCharsets.UTF_8))
          .doesNotContain("\ufffd");
      from = cut;
    }
    assertThat(from).isEqualTo(bytes.length);
  }

  @Test
  void bytesThatAreNoTextAreCutToo() {
    var bytes = new byte[50_000];
    Arrays.fill(bytes, (byte) 0x80);

    assertThat(cuts(bytes, 0, bytes.length, true)).containsExactly(16384, 32768, 49152, 50000);
  }

  @Test
  void readingAgainFromAnyCutWithMoreOrLessBytesFindsTheSameCuts() {
    var random = new Random(42);
    for (int round = 0; round < 200; round++) {
      var bytes = new byte[random.nextInt(60_000)];
      random.nextBytes(bytes);
      for (int i = 0; i < bytes.length; i++) {
        if (bytes[i] == '\n' && random.nextInt(100) > 2) {
          bytes[i] = 'x';
        }
      }
      assertThat(inPieces(bytes, random)).isEqualTo(cuts(bytes, 0, bytes.length, true));
    }
  }

  private static List<Integer> inPieces(byte[] bytes, Random random) {
    var found = new ArrayList<Integer>();
    var at = 0;
    while (at < bytes.length) {
      var seen = Math.min(bytes.length, at + 1 + random.nextInt(40_000));
      for (var cut : cuts(bytes, at, seen, seen == bytes.length)) {
        found.add(cut);
        at = cut;
        if (random.nextInt(3) == 0) {
          break;
        }
      }
    }
    return found;
  }
}
