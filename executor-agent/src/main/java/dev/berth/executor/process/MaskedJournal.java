package dev.berth.executor.process;

import dev.berth.executor.journal.Journal;
import dev.berth.executor.journal.JournalStream;
import dev.berth.executor.mask.Mask;
import java.io.IOException;

/**
 * An attempt's journal as others may see it. What is read depends on the journal's bytes alone, not
 * on where reading begins or how often: around each piece it looks as far as the mask reaches. Not
 * safe by itself: its attempt's lock guards it.
 */
final class MaskedJournal {
  private final Journal journal;
  private Mask mask;
  private byte[] window = new byte[0];

  MaskedJournal(Journal journal, Mask mask) {
    this.journal = journal;
    this.mask = mask;
  }

  void mask(Mask other) {
    mask = other;
  }

  long size(JournalStream stream) throws IOException {
    return journal.size(stream);
  }

  /**
   * Reads up to {@code length} bytes from {@code begin} on, fewer where it depends on what follows
   * how they may be seen.
   *
   * @param end up to where the stream is known
   * @param complete whether nothing ever follows {@code end}
   */
  int read(JournalStream stream, long begin, byte[] into, int length, long end, boolean complete)
      throws IOException {
    long from = Math.max(0, begin - mask.reach());
    long to = Math.min(end, begin + length + mask.reach());
    int size = (int) (to - from);
    if (window.length < size) {
      window = new byte[size];
    }
    int read = journal.read(stream, from, window, 0, size);
    int known = mask.apply(window, read, from > 0, complete && to == end);
    int before = (int) (begin - from);
    int given = Math.clamp(known - before, 0, length);
    System.arraycopy(window, before, into, 0, given);
    return given;
  }
}
