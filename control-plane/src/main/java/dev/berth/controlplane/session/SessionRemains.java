package dev.berth.controlplane.session;

import dev.berth.common.Id.SessionId;

/**
 * What a feature keeps of a session, and removes once the retention of the session's tombstone is
 * over. {@link SessionRetention} asks one layer after the other, each in transactions of its own
 * that hold the session's lock.
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

  /** Rows of one layer refer to those of later ones only, so they go first. */
  enum Layer {
    /** What was done in the session: runs, execs, orders about files. */
    USE,
    /** Where it was done: workers and copies. */
    WORKERS,
    /** What it left. */
    SNAPSHOTS
  }

  Layer layer();

  /** Removes some thousand rows at most. Also called where nothing is left. */
  Progress remove(SessionId session);
}
