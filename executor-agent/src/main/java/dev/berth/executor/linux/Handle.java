package dev.berth.executor.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * An open file descriptor and what can be asked of any. Usable from many threads, but closing must
 * not race a use: the kernel may give the number to another file. Closing twice is harmless.
 */
abstract sealed class Handle implements AutoCloseable permits Directory, OpenFile {
  private static final byte[] EMPTY = {};

  private final Object path;
  private volatile int fd;

  Handle(int fd, Object path) {
    this.fd = fd;
    this.path = path;
  }

  final int fd() {
    int open = fd;
    if (open < 0) {
      throw new IllegalStateException("closed: " + path);
    }
    return open;
  }

  /** How it was opened, for people. */
  final Object path() {
    return path;
  }

  final long run(Syscall call, long a, long b, long c, long d) throws ErrnoException {
    try (Scratch scratch = Scratch.take()) {
      return Kernel.check(Kernel.call(scratch, call, a, b, c, d, 0), call, path);
    }
  }

  /**
   * @throws ErrnoException if the kernel refuses
   */
  public final FileStat stat() throws ErrnoException {
    return statx(fd(), EMPTY, path);
  }

  static FileStat statx(int fd, byte[] name, Object path) throws ErrnoException {
    try (Scratch s = Scratch.take()) {
      int flags = name.length == 0 ? Kernel.AT_EMPTY_PATH : Kernel.AT_SYMLINK_NOFOLLOW;
      long result =
          Kernel.call(
              s,
              Syscall.STATX,
              fd,
              Scratch.string(s.path, name),
              flags,
              FileStat.MASK,
              s.struct.address());
      Kernel.check(result, Syscall.STATX, path);
      return FileStat.read(s.struct);
    }
  }

  /**
   * @param mode the twelve permission bits
   * @throws ErrnoException if the kernel refuses
   */
  public final void chmod(int mode) throws ErrnoException {
    run(Syscall.FCHMOD, fd(), mode & 0xfff, 0, 0);
  }

  /**
   * @throws ErrnoException if the kernel refuses
   */
  public final void chown(int uid, int gid) throws ErrnoException {
    run(Syscall.FCHOWN, fd(), uid, gid, 0);
  }

  /**
   * Sets the modification time and leaves the access time.
   *
   * @throws ErrnoException if the kernel refuses
   */
  public final void setModified(long seconds, int nanos) throws ErrnoException {
    try (Scratch s = Scratch.take()) {
      long result =
          Kernel.call(s, Syscall.UTIMENSAT, fd(), 0, times(s.struct, seconds, nanos), 0, 0);
      Kernel.check(result, Syscall.UTIMENSAT, path);
    }
  }

  static long times(MemorySegment struct, long seconds, int nanos) {
    long omit = (1L << 30) - 2;
    struct.set(ValueLayout.JAVA_LONG, 0, 0);
    struct.set(ValueLayout.JAVA_LONG, 8, omit);
    struct.set(ValueLayout.JAVA_LONG, 16, seconds);
    struct.set(ValueLayout.JAVA_LONG, 24, nanos);
    return struct.address();
  }

  /**
   * Waits until content and metadata are on disk.
   *
   * @throws ErrnoException if the kernel refuses or the disk fails
   */
  public final void sync() throws ErrnoException {
    run(Syscall.FSYNC, fd(), 0, 0, 0);
  }

  /**
   * Waits until everything of the whole file system this stands on is written back. Every page
   * mapped by a process is write-protected by that, so a later write to it shows in the file's
   * times.
   *
   * @throws ErrnoException if the kernel refuses or the disk fails
   */
  public final void syncFileSystem() throws ErrnoException {
    run(Syscall.SYNCFS, fd(), 0, 0, 0);
  }

  @Override
  public final void close() {
    int open = fd;
    fd = -1;
    if (open >= 0) {
      try (Scratch s = Scratch.take()) {
        Kernel.call(s, Syscall.CLOSE, open, 0, 0, 0, 0);
      }
    }
  }
}
