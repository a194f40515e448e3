package dev.berth.controlplane.worker;

/**
 * Why something failed on an executor: a code such as IMAGE_NOT_FOUND and a sentence.
 *
 * @param kind how to go on
 */
record Failure(Kind kind, String reason, String message) {

  enum Kind {
    /** Worth another try. */
    TEMPORARY,
    /** Will fail the same way until something is changed. */
    PERMANENT,
    /** The order named a generation that is not the newest the agent knows. */
    STALE
  }
}
