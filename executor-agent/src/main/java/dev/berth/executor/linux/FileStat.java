package dev.berth.executor.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What {@code statx} says. Times are seconds since the epoch (may be negative) plus 0 to
 * 999,999,999 ns.
 *
 * @param mode the twelve permission bits, set-uid, set-gid and sticky included
 * @param blocks allocated, in units of 512 bytes
 * @param mountRoot whether something is mounted here
 */
public record FileStat(
    FileType type,
    int mode,
    long device,
    long inode,
    long size,
    long blocks,
    int uid,
    int gid,
    int links,
    long mtimeSeconds,
    int mtimeNanos,
    long ctimeSeconds,
    int ctimeNanos,
    boolean mountRoot) {

  /** STATX_BASIC_STATS. */
  static final int MASK = 0x7ff;

  private static final long ATTRIBUTE_MOUNT_ROOT = 0x2000;

  static FileStat read(MemorySegment s) {
    int mode = s.get(ValueLayout.JAVA_SHORT, 28) & 0xffff;
    long major = s.get(ValueLayout.JAVA_INT, 136) & 0xffffffffL;
    long minor = s.get(ValueLayout.JAVA_INT, 140) & 0xffffffffL;
    return new FileStat(
        FileType.ofMode(mode),
        mode & 0xfff,
        major << 32 | minor,
        s.get(ValueLayout.JAVA_LONG, 32),
        s.get(ValueLayout.JAVA_LONG, 40),
        s.get(ValueLayout.JAVA_LONG, 48),
        s.get(ValueLayout.JAVA_INT, 20),
        s.get(ValueLayout.JAVA_INT, 24),
        s.get(ValueLayout.JAVA_INT, 16),
        s.get(ValueLayout.JAVA_LONG, 112),
        s.get(ValueLayout.JAVA_INT, 120),
        s.get(ValueLayout.JAVA_LONG, 96),
        s.get(ValueLayout.JAVA_INT, 104),
        (s.get(ValueLayout.JAVA_LONG, 8) & ATTRIBUTE_MOUNT_ROOT) != 0);
  }

  /**
   * Whether nothing about the file's content can have changed between the two, as far as the kernel
   * tells.
   */
  public boolean sameContentAs(FileStat other) {
    return type == other.type
        && device == other.device
        && inode == other.inode
        && size == other.size
        && mtimeSeconds == other.mtimeSeconds
        && mtimeNanos == other.mtimeNanos
        && ctimeSeconds == other.ctimeSeconds
        && ctimeNanos == other.ctimeNanos;
  }
}
