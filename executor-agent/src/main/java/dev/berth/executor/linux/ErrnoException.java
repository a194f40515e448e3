package dev.berth.executor.linux;

import java.io.IOException;

/** A system call that failed: which one, on what, and why. */
public final class ErrnoException extends IOException {
  private static final long serialVersionUID = 1L;
  private final int errno;
  private final String operation;
  private final String path;

  public ErrnoException(int errno, String operation, Object path) {
    super(operation + " " + path + ": " + Errno.describe(errno));
    this.errno = errno;
    this.operation = operation;
    this.path = path.toString();
  }

  /** One of {@link Errno}, or another positive number of the kernel's. */
  public int errno() {
    return errno;
  }

  public String operation() {
    return operation;
  }

  /** For people: bytes that are not UTF-8 are escaped. */
  public String path() {
    return path;
  }

  public boolean is(int expected) {
    return errno == expected;
  }

  /**
   * Whether a name stands for something of another type than was opened: a link, a pipe, a socket.
   */
  public boolean isOtherType() {
    return is(Errno.ELOOP) || is(Errno.ENOTDIR) || is(Errno.EINVAL) || is(Errno.ENXIO);
  }
}
