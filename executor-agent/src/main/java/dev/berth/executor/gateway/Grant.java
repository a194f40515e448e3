package dev.berth.executor.gateway;

import dev.berth.common.Id.AttemptId;

/** That one attempt may ask models, and what it has used. */
final class Grant {
  private final AttemptId attempt;
  private Usage used = Usage.NONE;

  Grant(AttemptId attempt) {
    this.attempt = attempt;
  }

  AttemptId attempt() {
    return attempt;
  }

  synchronized void use(Usage more) {
    used = used.plus(more);
  }

  synchronized Usage used() {
    return used;
  }
}
