package dev.berth.controlplane.worker;

import dev.berth.common.Id.SessionId;

/**
 * What the lifecycle of a session does to its runs. Implemented by {@code run}; called in a
 * transaction that holds the session's lock, before workers and copies are written.
 */
public interface SessionRuns {

  /** Fails the queued runs of a session that could not be activated, with that reason. */
  void failQueued(SessionId session, String message);

  /**
   * Cancels the queued runs of a session that is deleted, and asks for the end of one under way.
   *
   * @return whether one is under way still
   */
  boolean cancelAll(SessionId session);
}
