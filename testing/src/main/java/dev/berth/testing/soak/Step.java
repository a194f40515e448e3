package dev.berth.testing.soak;

/** What a simulation does next. */
enum Step {
  WRITE,
  READ,
  RUN,
  SYNC,
  STOP,
  ROLL_BACK,
  /** Everything that the session holds is compared. */
  CHECK,
  /** A part of Berth is killed in the middle of a run. */
  KILL_IN_RUN,
  /** A part is killed; whatever comes next meets what is left. */
  KILL,
  /** A part stands still for a moment, under what comes next. */
  FREEZE
}
