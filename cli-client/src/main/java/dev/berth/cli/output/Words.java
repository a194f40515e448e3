package dev.berth.cli.output;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;

/** How values are shown to people. */
public final class Words {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

  private Words() {}

  /**
   * A constant of an API enum without its prefix, in lower case: {@code SESSION_STATE_ACTIVE} is
   * {@code active}.
   */
  public static String constant(Enum<?> value, String prefix) {
    return value.name().substring(prefix.length()).toLowerCase(Locale.ROOT);
  }

  public static String bytes(long count) {
    double value = count;
    int unit = 0;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return unit == 0 ? count + " B" : String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
  }

  /** How long ago a moment was, in its largest unit; empty for an unset moment. */
  public static String age(Timestamp moment, Clock clock) {
    return moment.getSeconds() == 0
        ? ""
        : span(Duration.ofMillis(clock.millis() - Timestamps.toMillis(moment)));
  }

  public static String span(Duration span) {
    long seconds = Math.max(0, span.toSeconds());
    if (seconds < 60) {
      return seconds + "s";
    }
    if (seconds < 3600) {
      return seconds / 60 + "m";
    }
    return seconds < 86400 ? seconds / 3600 + "h" : seconds / 86400 + "d";
  }
}
