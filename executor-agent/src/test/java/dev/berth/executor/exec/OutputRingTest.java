package dev.berth.executor.exec;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputRingTest {
  @TempDir Path directory;

  private static void append(OutputRing ring, String text) throws Exception {
    ring.append(text.getBytes(US_ASCII), text.length());
  }

  private static String read(OutputRing ring, long from) throws Exception {
    return new String(ring.read(from, 100).bytes(), US_ASCII);
  }

  @Test
  void whatIsKept_isReadFromAnyOffset_alsoByTheNextAgent() throws Exception {
    try (var ring = OutputRing.open(directory.resolve("out"), 10)) {
      append(ring, "hello");
      assertThat(read(ring, 0)).isEqualTo("hello");
      assertThat(read(ring, 3)).isEqualTo("lo");
      assertThat(ring.read(0, 2).bytes()).hasSize(2);
      assertThat(ring.read(5, 100).bytes()).isEmpty();
      append(ring, " there");
    }
    try (var ring = OutputRing.open(directory.resolve("out"), 10)) {
      assertThat(ring.written()).isEqualTo(11);
      assertThat(ring.read(0, 100).offset()).isEqualTo(1);
      assertThat(read(ring, 0)).isEqualTo("ello there");
    }
  }

  @Test
  void anyPiecesAppended_areTheNewestBytesOfTheirSum() throws Exception {
    var random = new Random(11);
    var all = new StringBuilder();
    try (var ring = OutputRing.open(directory.resolve("out"), 97)) {
      for (int i = 0; i < 500; i++) {
        String piece = Integer.toString(i).repeat(random.nextInt(60));
        append(ring, piece);
        all.append(piece);
        long from = Math.max(0, all.length() - random.nextInt(150));
        var kept = ring.read(from, 1000);
        assertThat(kept.offset()).isEqualTo(Math.max(from, Math.max(0, all.length() - 97)));
        assertThat(new String(kept.bytes(), US_ASCII))
            .isEqualTo(all.substring((int) kept.offset()));
      }
    }
  }
}
