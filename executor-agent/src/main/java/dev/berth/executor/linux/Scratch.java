package dev.berth.executor.linux;

import dev.berth.format.PathText;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Native memory for the arguments of one system call at a time. Taken from a pool that grows to the
 * number of calls that were ever under way at once, and is never freed: bounded by threads in
 * native calls, not by virtual threads.
 */
final class Scratch implements AutoCloseable {
  static final int PATH_MAX = 4096;
  static final int IO_BYTES = 128 * 1024;
  private static final ConcurrentLinkedQueue<Scratch> POOL = new ConcurrentLinkedQueue<>();

  final MemorySegment callState;
  final MemorySegment path;
  final MemorySegment otherPath;
  final MemorySegment struct;
  final MemorySegment io;

  private Scratch() {
    MemorySegment all = Arena.global().allocate(IO_BYTES + 2 * (PATH_MAX + 16) + 512 + 64, 64);
    io = all.asSlice(0, IO_BYTES);
    path = all.asSlice(IO_BYTES, PATH_MAX + 16);
    otherPath = all.asSlice(IO_BYTES + PATH_MAX + 16, PATH_MAX + 16);
    struct = all.asSlice(IO_BYTES + 2 * (PATH_MAX + 16), 512);
    callState = all.asSlice(IO_BYTES + 2 * (PATH_MAX + 16) + 512, 64);
  }

  static Scratch take() {
    Scratch free = POOL.poll();
    return free == null ? new Scratch() : free;
  }

  @Override
  public void close() {
    POOL.add(this);
  }

  /** Puts a path as a C string into {@code target} and answers its address. */
  static long string(MemorySegment target, byte[] bytes) throws ErrnoException {
    if (bytes.length >= PATH_MAX) {
      throw new ErrnoException(Errno.ENAMETOOLONG, "resolve", PathText.escape(bytes));
    }
    MemorySegment.copy(bytes, 0, target, ValueLayout.JAVA_BYTE, 0, bytes.length);
    target.set(ValueLayout.JAVA_BYTE, bytes.length, (byte) 0);
    return target.address();
  }
}
