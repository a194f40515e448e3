package dev.berth.cli.output;

import java.io.PrintStream;

/**
 * A progress bar on standard error, drawn at most every 100 ms and only on a terminal. Closing it
 * wipes it, so that what is printed next stands alone. One thread at a time.
 */
public final class Progress implements AutoCloseable {
  private static final int WIDTH = 30;
  private static final long PERIOD_NANOS = 100_000_000;

  private final PrintStream err;
  private final boolean shown;
  private final String label;
  private final long total;
  private long done;
  private long drawn;

  /**
   * @param total in bytes; 0 when unknown
   */
  public Progress(PrintStream err, boolean shown, String label, long total) {
    this.err = err;
    this.shown = shown;
    this.label = label;
    this.total = total;
  }

  public void add(long bytes) {
    done += bytes;
    long now = System.nanoTime();
    if (shown && now - drawn >= PERIOD_NANOS) {
      drawn = now;
      draw();
    }
  }

  private void draw() {
    if (total == 0) {
      err.printf("\r\033[K%s %s", label, Words.bytes(done));
    } else {
      int filled = (int) Math.min(WIDTH, done * WIDTH / total);
      err.printf(
          "\r\033[K%s [%s%s] %s of %s",
          label,
          "#".repeat(filled),
          " ".repeat(WIDTH - filled),
          Words.bytes(done),
          Words.bytes(total));
    }
    err.flush();
  }

  @Override
  public void close() {
    if (shown && drawn != 0) {
      err.print("\r\033[K");
      err.flush();
    }
  }
}
