package dev.berth.executor.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.executor.journal.Journal;
import dev.berth.executor.journal.JournalStream;
import dev.berth.executor.mask.Mask;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** What is read of a journal is the same however it is cut, and never holds a secret. */
final class MaskedJournalTest {
  private static final List<String> VALUES =
      List.of("s3cr3t-value", "aaaaaaaab", "first line of it\nand the second\n", "wörterbüch-π");

  private static final List<String> PARTS =
      List.of(
          VALUES.get(0),
          VALUES.get(1),
          VALUES.get(2),
          VALUES.get(3),
          " sk-ant-abcdefghijklmnopqrstuv ",
          "s3cr3t-",
          "aaaaaaaaaaaa",
          "\n",
          "sk-",
          " some words ",
          " " + "x".repeat(9_000));

  @Property(tries = 60)
  void readInAnyPieces_itIsTheSame(
      @ForAll @Size(max = 30) List<@IntRange(max = 10) Integer> parts, @ForAll long seed)
      throws IOException {
    var text = new StringBuilder();
    parts.forEach(part -> text.append(PARTS.get(part)));
    byte[] all = text.toString().getBytes(StandardCharsets.UTF_8);
    byte[] whole = all.clone();
    assertThat(Mask.of(VALUES).apply(whole, whole.length, false, true)).isEqualTo(whole.length);

    byte[] pieces = inPieces(all, new Random(seed));

    assertThat(pieces).isEqualTo(whole);
    String shown = new String(pieces, StandardCharsets.UTF_8);
    assertThat(shown)
        .doesNotContain(VALUES.get(0), VALUES.get(1), VALUES.get(3), "abcdefghijklmnopqrstuv");
    assertThat(shown).doesNotContain("first line of it", "and the second");
  }

  /** It grows by any number of bytes, and is read by any number, by one reader or by a new one. */
  private static byte[] inPieces(byte[] all, Random random) throws IOException {
    Path root = Files.createTempDirectory("berth-masked-journal");
    Path directory = root.resolve("journal");
    var read = new ByteArrayOutputStream();
    try (var journal = Journal.create(directory, new byte[0], false)) {
      var reader = new MaskedJournal(journal, Mask.of(VALUES));
      byte[] buffer = new byte[40_000];
      int written = 0;
      while (read.size() < all.length) {
        if (written < all.length && random.nextBoolean()) {
          int more = Math.min(all.length - written, 1 + random.nextInt(3_000));
          Files.write(
              directory.resolve("out"),
              java.util.Arrays.copyOfRange(all, written, written + more),
              java.nio.file.StandardOpenOption.APPEND);
          written += more;
        }
        if (random.nextInt(5) == 0) {
          reader = new MaskedJournal(journal, Mask.of(VALUES));
        }
        int share = Math.min(written - read.size(), 1 + random.nextInt(buffer.length));
        int length =
            reader.read(
                JournalStream.OUT, read.size(), buffer, share, written, written == all.length);
        // Whoever reads takes as much of it as he understands.
        read.write(buffer, 0, random.nextInt(length + 1));
      }
    } finally {
      Journal.delete(directory);
      Files.delete(root);
    }
    return read.toByteArray();
  }
}
