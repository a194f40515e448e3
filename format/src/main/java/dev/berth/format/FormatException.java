package dev.berth.format;

import java.io.IOException;

/** Bytes that are not what the format says: damaged, or made to harm. */
public final class FormatException extends IOException {
  private static final long serialVersionUID = 1L;

  public FormatException(String message) {
    super(message);
  }

  public FormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
