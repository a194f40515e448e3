package dev.berth.executor.linux;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * One entrance to the kernel: the C library's {@code syscall}. A single signature serves every
 * call, so the JVM makes one stub instead of thirty. A call holds its carrier thread: keep long
 * ones off virtual threads.
 */
final class Kernel {
  static final int AT_SYMLINK_NOFOLLOW = 0x100;
  static final int AT_REMOVEDIR = 0x200;
  static final int AT_EMPTY_PATH = 0x1000;
  static final long AT_FDCWD = -100;

  static final int O_WRONLY = 1;
  static final int O_RDWR = 2;
  static final int O_CREAT = 0x40;
  static final int O_EXCL = 0x80;
  static final int O_NONBLOCK = 0x800;
  static final int O_CLOEXEC = 0x80000;
  static final int O_PATH = 0x200000;
  static final int O_DIRECTORY = Syscall.AARCH64 ? 0x4000 : 0x10000;
  static final int O_NOFOLLOW = Syscall.AARCH64 ? 0x8000 : 0x20000;

  /** RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH. */
  static final long RESOLVE = 0x02 | 0x04 | 0x08;

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final MemoryLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final MethodHandle SYSCALL = link();

  private Kernel() {}

  private static MethodHandle link() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow("syscall"),
        FunctionDescriptor.of(LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG),
        Linker.Option.captureCallState("errno"),
        Linker.Option.firstVariadicArg(1));
  }

  /** The call's result, or minus its error number. Retries what a signal interrupted. */
  static long call(Scratch scratch, Syscall call, long a, long b, long c, long d, long e) {
    MemorySegment state = scratch.callState;
    while (true) {
      long result;
      try {
        result = (long) SYSCALL.invokeExact(state, call.number, a, b, c, d, e, 0L);
      } catch (Throwable unexpected) {
        throw new AssertionError("system call " + call.text, unexpected);
      }
      if (result >= 0) {
        return result;
      }
      int errno = (int) ERRNO.get(state, 0L);
      if (errno != Errno.EINTR || call == Syscall.CLOSE) {
        return -errno;
      }
    }
  }

  static long check(long result, Syscall call, Object path) throws ErrnoException {
    if (result < 0) {
      throw new ErrnoException((int) -result, call.text, path);
    }
    return result;
  }
}
