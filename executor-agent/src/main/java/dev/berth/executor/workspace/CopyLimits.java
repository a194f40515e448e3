package dev.berth.executor.workspace;

/**
 * How much a copy may hold.
 *
 * @param diskBytes the size of its disk, at least 16 MiB
 * @param entries files, directories and links that a snapshot takes
 * @param contentBytes of all files together that a snapshot takes, holes not counted
 * @param depth directories above a file, at most 512
 */
public record CopyLimits(long diskBytes, long entries, long contentBytes, int depth) {
  /** The longest path a snapshot takes, in bytes. */
  public static final int PATH_BYTES = 4095;

  /** A million files, and as many directories. */
  private static final long ENTRIES = 2_000_000;

  /** What a disk of that size implies. */
  public static CopyLimits ofDisk(long diskBytes) {
    return new CopyLimits(diskBytes, ENTRIES, diskBytes * 2 + (1L << 30), 256);
  }
}
