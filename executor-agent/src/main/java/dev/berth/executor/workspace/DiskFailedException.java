package dev.berth.executor.workspace;

import dev.berth.executor.linux.ErrnoException;
import dev.berth.executor.workspace.WorkspaceException.Reason;
import java.io.IOException;

/**
 * The executor's disk did not take what programs had written to a copy: it is full, or fails. The
 * kernel tells once and may forget what it could not write.
 */
final class DiskFailedException extends IOException {
  private static final long serialVersionUID = 1L;

  /** A call that waits until what was written has reached the disk. */
  interface WriteBack {
    void run() throws ErrnoException;
  }

  private DiskFailedException(ErrnoException cause) {
    super(cause.getMessage(), cause);
  }

  static void check(WriteBack call) throws DiskFailedException {
    try {
      call.run();
    } catch (ErrnoException e) {
      throw new DiskFailedException(e);
    }
  }

  WorkspaceException forUsers() {
    return new WorkspaceException(
        Reason.HOST,
        "the executor's disk is full or fails: what was written last may be lost",
        this);
  }
}
