package dev.berth.executor.linux;

import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * What {@code statfs} says of the room left on a file system for those who are not root.
 *
 * @param files how many it can hold; 0 where it makes room for them as they come
 * @param filesFree how many more it can hold
 */
public record DiskRoom(long bytesFree, long files, long filesFree) {
  /** Less than this left is full: file systems keep some blocks to themselves. */
  private static final long FULL_BYTES = 64 * 1024;

  /** Of the file system that a trusted path of the host is on; links in it are followed. */
  public static DiskRoom of(Path host) throws ErrnoException {
    try (Scratch s = Scratch.take()) {
      byte[] bytes = host.toString().getBytes(StandardCharsets.UTF_8);
      long address = Scratch.string(s.path, bytes);
      long result = Kernel.call(s, Syscall.STATFS, address, s.struct.address(), 0, 0, 0);
      Kernel.check(result, Syscall.STATFS, host);
      long blockBytes = s.struct.get(ValueLayout.JAVA_LONG, 8);
      return new DiskRoom(
          s.struct.get(ValueLayout.JAVA_LONG, 32) * blockBytes,
          s.struct.get(ValueLayout.JAVA_LONG, 40),
          s.struct.get(ValueLayout.JAVA_LONG, 48));
    }
  }

  /** Whether it takes no more bytes, or no more files. */
  public boolean full() {
    return bytesFree < FULL_BYTES || (files > 0 && filesFree == 0);
  }
}
