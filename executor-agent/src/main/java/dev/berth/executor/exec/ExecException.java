package dev.berth.executor.exec;

import java.io.IOException;

/** An exec does not take that; the message is a sentence for people. */
public final class ExecException extends IOException {

  private static final long serialVersionUID = 1L;

  /** Names of the control plane's reasons. */
  public enum Reason {
    EXEC_STATE,
    EXEC_INPUT_FULL,
    EXEC_OUTPUT_GONE
  }

  private final Reason reason;

  ExecException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
