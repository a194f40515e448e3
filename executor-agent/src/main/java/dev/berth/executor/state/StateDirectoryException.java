package dev.berth.executor.state;

/** The state directory cannot be used; the message is a sentence for people. */
public final class StateDirectoryException extends Exception {

  private static final long serialVersionUID = 1L;

  public StateDirectoryException(String message) {
    super(message);
  }

  public StateDirectoryException(String message, Throwable cause) {
    super(message, cause);
  }
}
