package dev.berth.controlplane.run;

/** How an attempt ended: SUCCEEDED, FAILED or CANCELED, and why. */
record AttemptEnd(RunState outcome, RunEnd end) {
  AttemptEnd {
    if (outcome != RunState.SUCCEEDED
        && outcome != RunState.FAILED
        && outcome != RunState.CANCELED) {
      throw new IllegalArgumentException("an attempt does not end " + outcome);
    }
  }
}
