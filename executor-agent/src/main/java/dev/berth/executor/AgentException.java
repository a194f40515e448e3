package dev.berth.executor;

/** The agent cannot start; the message is a sentence for people. */
public final class AgentException extends Exception {

  private static final long serialVersionUID = 1L;

  AgentException(String message, Throwable cause) {
    super(message, cause);
  }
}
