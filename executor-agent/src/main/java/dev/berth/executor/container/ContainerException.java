package dev.berth.executor.container;

import org.jspecify.annotations.Nullable;

/**
 * A container engine refused or failed. The message is a sentence for people, without exception
 * text of the engine's client.
 */
public final class ContainerException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /**
   * What went wrong, and whether the same call may succeed later without anything else being
   * changed.
   */
  public enum Code {
    IMAGE_NOT_FOUND(false),
    NAME_TAKEN(false),
    NOT_FOUND(false),
    NOT_RUNNING(false),
    PAUSED(true),
    BASELINE_UNAVAILABLE(false),
    REFUSED(false),
    ENGINE_UNAVAILABLE(true);

    private final boolean temporary;

    Code(boolean temporary) {
      this.temporary = temporary;
    }

    public boolean temporary() {
      return temporary;
    }
  }

  private final Code code;

  public ContainerException(Code code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public ContainerException(Code code, String message) {
    this(code, message, null);
  }

  public Code code() {
    return code;
  }

  /** The message. */
  public String sentence() {
    return String.valueOf(getMessage());
  }
}
