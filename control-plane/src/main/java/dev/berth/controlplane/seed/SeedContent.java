package dev.berth.controlplane.seed;

/** A file to make a set of; {@code content} is not copied and must not change. */
@SuppressWarnings("ArrayRecordComponent")
public record SeedContent(String path, int mode, byte[] content) {
  public static final int DEFAULT_MODE = 0644;

  public SeedContent {
    mode = mode == 0 ? DEFAULT_MODE : mode;
  }
}
