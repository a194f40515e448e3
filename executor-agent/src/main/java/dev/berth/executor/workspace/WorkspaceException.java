package dev.berth.executor.workspace;

import dev.berth.executor.linux.Errno;
import dev.berth.executor.linux.ErrnoException;
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

  /** What a failed system call means to a caller. */
  static WorkspaceException of(ErrnoException e) {
    Reason reason =
        switch (e.errno()) {
          case Errno.ENOENT -> Reason.PATH_NOT_FOUND;
          case Errno.EEXIST -> Reason.PATH_EXISTS;
          case Errno.ENOTDIR, Errno.EISDIR, Errno.ELOOP, Errno.EXDEV, Errno.EINVAL, Errno.ENXIO ->
              Reason.PATH_TYPE;
          case Errno.ENOTEMPTY -> Reason.DIRECTORY_NOT_EMPTY;
          case Errno.ENOSPC, Errno.EDQUOT -> Reason.WORKSPACE_FULL;
          case Errno.ENAMETOOLONG -> Reason.PATH_INVALID;
          default -> Reason.HOST;
        };
    return new WorkspaceException(reason, e.path() + ": " + Errno.describe(e.errno()), e);
  }

  public Reason reason() {
    return reason;
  }
}
