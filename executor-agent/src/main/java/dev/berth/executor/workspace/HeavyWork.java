package dev.berth.executor.workspace;

import dev.berth.executor.linux.Errno;
import dev.berth.executor.linux.ErrnoException;
import dev.berth.executor.workspace.PackWriter.Waiting;
import dev.berth.executor.workspace.WorkspaceException.Reason;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;

/**
 * Runs what keeps a processor and the disk busy on a platform thread, a few at once for the whole
 * host: a caller on a virtual thread holds no carrier meanwhile. An interrupt of the caller reaches
 * the work, and is waited for.
 */
final class HeavyWork {
  private HeavyWork() {}

  static <T> T run(Semaphore permits, String name, Callable<T> work) throws IOException {
    try {
      permits.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new WorkspaceException(Reason.HOST, "interrupted", e);
    }
    try {
      return onItsOwnThread(name, work);
    } finally {
      permits.release();
    }
  }

  /** As {@link #run}, however many there are: for what is short, though it may wait for a disk. */
  static <T> T onItsOwnThread(String name, Callable<T> work) throws IOException {
    FutureTask<T> task = new FutureTask<>(work);
    Thread thread = Thread.ofPlatform().daemon().name(name).start(task);
    try {
      return Waiting.on(task);
    } catch (ErrnoException e) {
      boolean full = e.is(Errno.ENOSPC) || e.is(Errno.EDQUOT);
      throw new WorkspaceException(
          full ? Reason.WORKSPACE_FULL : Reason.HOST, "disk: " + e.getMessage(), e);
    } finally {
      if (!task.isDone()) {
        task.cancel(true);
      }
      joinWhateverHappens(thread);
    }
  }

  private static void joinWhateverHappens(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
