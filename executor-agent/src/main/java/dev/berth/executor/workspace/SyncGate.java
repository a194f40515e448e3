package dev.berth.executor.workspace;

import dev.berth.executor.workspace.WorkspaceException.Reason;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets one in, and one wait. Who comes while both places are taken is sent away: it will be asked
 * again.
 */
final class SyncGate {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition free = lock.newCondition();
  private boolean busy;
  private boolean waiting;

  /**
   * @throws WorkspaceException UNAVAILABLE if one runs and another waits already
   */
  void enter() throws WorkspaceException {
    lock.lock();
    try {
      if (busy && waiting) {
        throw new WorkspaceException(Reason.UNAVAILABLE, "a sync runs and another waits already");
      }
      waiting = busy;
      while (busy) {
        free.await();
      }
      waiting = false;
      busy = true;
    } catch (InterruptedException e) {
      waiting = false;
      Thread.currentThread().interrupt();
      throw new WorkspaceException(Reason.HOST, "interrupted", e);
    } finally {
      lock.unlock();
    }
  }

  void leave() {
    lock.lock();
    try {
      busy = false;
      free.signal();
    } finally {
      lock.unlock();
    }
  }
}
