package dev.berth.executor.link;

/** This executor could not be enrolled; the message is a sentence for people. */
public final class EnrolmentException extends Exception {

  private static final long serialVersionUID = 1L;

  EnrolmentException(String message) {
    super(message);
  }

  EnrolmentException(String message, Throwable cause) {
    super(message, cause);
  }
}
