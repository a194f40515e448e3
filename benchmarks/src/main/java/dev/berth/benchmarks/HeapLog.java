package dev.berth.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a JVM's {@code -Xlog:gc}. */
final class HeapLog {
  private static final Pattern BEFORE = Pattern.compile(" (\\d+)M->\\d+M\\(\\d+M\\)");

  private HeapLog() {}

  /** The most that was in use before a collection, garbage included; in MiB. */
  static double most(Path log) throws IOException {
    double most = 0;
    for (String line : Files.readAllLines(log)) {
      Matcher found = BEFORE.matcher(line);
      if (found.find()) {
        most = Math.max(most, Double.parseDouble(found.group(1)));
      }
    }
    return most;
  }
}
