package dev.berth.benchmarks;

/**
 * Java options as {@code ./dev up} gives them; those of a test's stack would have it start fast.
 */
final class AsShipped {
  private static final String ALL =
      "-XX:+UseSerialGC --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow";

  static final String PLANE = ALL + " -Xmx512m";
  static final String AGENT = ALL + " -Xmx256m";

  private AsShipped() {}
}
