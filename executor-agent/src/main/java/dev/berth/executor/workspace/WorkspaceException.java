package dev.berth.executor.workspace;

import java.io.IOException;

/**
 * Why something could not be done to a workspace; the message is fit for users and names paths
 * inside it only.
 */
public final class WorkspaceException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What a caller can tell apart. */
  public enum Reason {
    PATH_INVALID(false),
    PATH_NOT_FOUND(false),
    PATH_EXISTS(false),
    /** Something of another type stands there, or a link on the way. */
    PATH_TYPE(false),
    DIRECTORY_NOT_EMPTY(false),
    OFFSET_OUT_OF_RANGE(false),
    /** The disk limit is reached. */
    WORKSPACE_FULL(false),
    /** More entries, bytes, depth or path length than can be saved. */
    LIMIT(false),
    ARCHIVE_INVALID(false),
    /** A stored object is not what it should be. */
    OBJECT_CORRUPT(false),
    /** The generation is over. */
    STALE(false),
    /** The session's head is not what this copy was made from. */
    HEAD_MOVED(false),
    /** The copy was never completely restored. */
    COPY_INCOMPLETE(false),
    /** The object store or the control plane; trying again helps. */
    UNAVAILABLE(true),
    /** This host: its disk, its kernel. Trying again may help. */
    HOST(true);

    private final boolean temporary;

    Reason(boolean temporary) {
      this.temporary = temporary;
    }

    public boolean temporary() {
      return temporary;
    }
  }

  private final Reason reason;

  public WorkspaceException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public WorkspaceException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
