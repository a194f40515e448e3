package dev.berth.executor.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * An open regular file, or a FIFO opened by {@link Directory#openFifo}. Positions are explicit, so
 * readers and writers of one handle do not disturb each other; {@link #append} is for files opened
 * to append and for FIFOs.
 */
public final class OpenFile extends Handle {
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;
  private static final long GET_FLAGS = 0x80086601L;
  private static final long SET_FLAGS = 0x40086602L;
  private static final int APPEND_ONLY = 0x20;
  private static final int KEEP_SIZE_AND_PUNCH_HOLE = 3;

  OpenFile(int fd, Object path) {
    super(fd, path);
  }

  /**
   * Reads until {@code length} bytes are there or the file ends.
   *
   * @return bytes read; less than {@code length} only at the end of the file
   * @throws ErrnoException if the kernel refuses or the disk fails
   */
  public int read(long position, byte[] target, int offset, int length) throws ErrnoException {
    Objects.checkFromIndexSize(offset, length, target.length);
    int fd = fd();
    int done = 0;
    try (Scratch s = Scratch.take()) {
      while (done < length) {
        int want = Math.min(length - done, Scratch.IO_BYTES);
        long result = Kernel.call(s, Syscall.PREAD64, fd, s.io.address(), want, position + done, 0);
        int got = (int) Kernel.check(result, Syscall.PREAD64, path());
        MemorySegment.copy(s.io, ValueLayout.JAVA_BYTE, 0, target, offset + done, got);
        done += got;
        if (got == 0) {
          break;
        }
      }
    }
    return done;
  }

  /**
   * Writes all of it at a position; the file grows as needed.
   *
   * @throws ErrnoException if the kernel refuses or the disk is full; a part may have been written
   */
  public void write(long position, byte[] source, int offset, int length) throws ErrnoException {
    writeAll(Syscall.PWRITE64, position, source, offset, length);
  }

  /**
   * Writes at the end of a file opened to append, or into a FIFO.
   *
   * @throws ErrnoException if the kernel refuses, {@link Errno#EAGAIN} if a FIFO is full; a part
   *     may have been written
   */
  public void append(byte[] source, int offset, int length) throws ErrnoException {
    writeAll(Syscall.WRITE, 0, source, offset, length);
  }

  private void writeAll(Syscall call, long position, byte[] source, int offset, int length)
      throws ErrnoException {
    Objects.checkFromIndexSize(offset, length, source.length);
    int fd = fd();
    int done = 0;
    try (Scratch s = Scratch.take()) {
      while (done < length) {
        int part = Math.min(length - done, Scratch.IO_BYTES);
        MemorySegment.copy(source, offset + done, s.io, ValueLayout.JAVA_BYTE, 0, part);
        long result = Kernel.call(s, call, fd, s.io.address(), part, position + done, 0);
        done += (int) Kernel.check(result, call, path());
      }
    }
  }

  /**
   * Cuts the file, or extends it by a hole.
   *
   * @throws ErrnoException if the kernel refuses
   */
  public void truncate(long size) throws ErrnoException {
    run(Syscall.FTRUNCATE, fd(), size, 0, 0);
  }

  /**
   * Frees the disk space of whole blocks in a range, which then reads as zeros; the size stays.
   *
   * @throws ErrnoException if the kernel or the file system refuses
   */
  public void punchHole(long position, long length) throws ErrnoException {
    run(Syscall.FALLOCATE, fd(), KEEP_SIZE_AND_PUNCH_HOLE, position, length);
  }

  /**
   * Waits until the content, and what is needed to read it, is on disk.
   *
   * @throws ErrnoException if the kernel refuses or the disk fails
   */
  public void syncData() throws ErrnoException {
    run(Syscall.FDATASYNC, fd(), 0, 0, 0);
  }

  /**
   * Where the next data begins, at or after {@code position}; −1 if only a hole follows.
   *
   * @throws ErrnoException if the kernel refuses
   */
  public long nextData(long position) throws ErrnoException {
    return seek(position, SEEK_DATA);
  }

  /**
   * Where the next hole begins, at or after {@code position}: the file's size if there is none; −1
   * beyond its end.
   *
   * @throws ErrnoException if the kernel refuses
   */
  public long nextHole(long position) throws ErrnoException {
    return seek(position, SEEK_HOLE);
  }

  private long seek(long position, int whence) throws ErrnoException {
    try (Scratch s = Scratch.take()) {
      long result = Kernel.call(s, Syscall.LSEEK, fd(), position, whence, 0, 0);
      return result == -Errno.ENXIO ? -1 : Kernel.check(result, Syscall.LSEEK, path());
    }
  }

  /**
   * Lets the file only grow (or lifts that), as {@code chattr +a} does.
   *
   * @return false if this file system, or this user, cannot
   * @throws ErrnoException for any other reason
   */
  public boolean setAppendOnly(boolean appendOnly) throws ErrnoException {
    try (Scratch s = Scratch.take()) {
      long result = Kernel.call(s, Syscall.IOCTL, fd(), GET_FLAGS, s.struct.address(), 0, 0);
      if (result >= 0) {
        int flags = s.struct.get(ValueLayout.JAVA_INT, 0);
        int wanted = appendOnly ? flags | APPEND_ONLY : flags & ~APPEND_ONLY;
        if (wanted == flags) {
          return true;
        }
        s.struct.set(ValueLayout.JAVA_INT, 0, wanted);
        result = Kernel.call(s, Syscall.IOCTL, fd(), SET_FLAGS, s.struct.address(), 0, 0);
      }
      if (result == -Errno.ENOTTY || result == -Errno.EOPNOTSUPP || result == -Errno.EPERM) {
        return false;
      }
      Kernel.check(result, Syscall.IOCTL, path());
      return true;
    }
  }
}
