package dev.berth.cli.output;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import java.io.PrintStream;

/** Files as {@code ls -l} shows them. */
public final class FileTable {
  private final Table table = new Table("MODE", "SIZE", "MODIFIED", "PATH");

  /**
   * @param type one letter, {@code -} for a file
   * @param linkTarget empty for what is no link
   */
  public void row(
      char type, int mode, long size, Timestamp modified, String path, String linkTarget) {
    table.row(
        type + Integer.toOctalString(mode),
        size,
        Timestamps.toString(modified),
        linkTarget.isEmpty() ? path : path + " -> " + linkTarget);
  }

  public void print(PrintStream out) {
    table.print(out);
  }
}
