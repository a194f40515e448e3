package dev.berth.cli.output;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Rows under headings, in columns as wide as their widest cell. */
public final class Table {
  private static final String GAP = "  ";

  private final List<List<String>> rows = new ArrayList<>();

  public Table(String... headings) {
    rows.add(List.of(headings));
  }

  public void row(Object... cells) {
    List<String> row = new ArrayList<>(cells.length);
    for (Object cell : cells) {
      row.add(cell.toString().isEmpty() ? "-" : cell.toString());
    }
    rows.add(row);
  }

  public void print(PrintStream out) {
    int[] widths = new int[rows.getFirst().size()];
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : rows) {
      var line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        line.append(row.get(i));
        if (i < row.size() - 1) {
          line.repeat(' ', widths[i] - row.get(i).length()).append(GAP);
        }
      }
      out.println(line);
    }
  }
}
