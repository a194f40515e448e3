package dev.berth.controlplane.session;

import dev.berth.common.Id.SessionId;

/**
 * What a feature keeps of a session, and removes once the retention of the session's tombstone is
 * over. {@link SessionRetention} asks one after the other, in their order, each in transactions of
 * its own that hold the session's lock.
 */
public interface SessionRemains {

  /** How far a step came. */
  enum Progress {
    /** There is more to remove now. */
    MORE,
    /** Something has to happen elsewhere first. */
    WAITING,
    NOTHING_LEFT
  }

  /** Those that refer to others' rows come before them; lower is earlier. */
  int order();

  /** Removes some thousand rows at most. Also called where nothing is left. */
  Progress remove(SessionId session);
}
