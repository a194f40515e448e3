package dev.berth.controlplane.run;

import org.jspecify.annotations.Nullable;

/** A run, and, where it is queued, why it does not start yet. */
record RunView(Run run, @Nullable Pending pending) {

  /** The reason, and a sentence. */
  record Pending(PendingReason reason, String message) {}
}
