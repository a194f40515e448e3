package dev.berth.executor.worker;

import dev.berth.executor.container.ContainerException;
import dev.berth.executor.workspace.WorkspaceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Why something failed on this executor, in words the control plane and people understand.
 *
 * @param reason a code such as {@code IMAGE_NOT_FOUND}
 * @param message a sentence, without exception text
 */
public record Failure(Kind kind, String reason, String message) {

  /** What may be done about it. */
  public enum Kind {
    TEMPORARY,
    PERMANENT,
    TIMEOUT,
    UNSUPPORTED,
    STALE
  }

  public static final String CONTAINER_GONE = "CONTAINER_GONE";
  public static final String COPY_GONE = "COPY_GONE";

  public static Failure stale(String message) {
    return new Failure(Kind.STALE, "GENERATION_STALE", message);
  }

  public static Failure temporary(String reason, String message) {
    return new Failure(Kind.TEMPORARY, reason, message);
  }

  public static Failure permanent(String reason, String message) {
    return new Failure(Kind.PERMANENT, reason, message);
  }

  /**
   * The one mapper of what the parts of the agent throw. What is not foreseen is temporary and says
   * so.
   */
  public static Failure of(Throwable thrown) {
    return switch (thrown) {
      case WorkspaceException e -> ofWorkspace(e);
      case ContainerException e ->
          new Failure(
              e.code().temporary() ? Kind.TEMPORARY : Kind.PERMANENT,
              e.code().name(),
              text(e.getMessage()));
      case RefusedException e -> e.failure();
      case UncheckedIOException e when e.getCause() instanceof WorkspaceException inner ->
          ofWorkspace(inner);
      case UncheckedIOException _, IOException _ ->
          temporary("HOST", "The executor's disk failed; its log says how.");
      default -> temporary("INTERNAL", "The executor failed in a way it did not foresee.");
    };
  }

  private static Failure ofWorkspace(WorkspaceException e) {
    return switch (e.reason()) {
      case STALE -> stale(text(e.getMessage()));
      case UNAVAILABLE -> temporary("STORE_UNAVAILABLE", text(e.getMessage()));
      default ->
          new Failure(
              e.reason().temporary() ? Kind.TEMPORARY : Kind.PERMANENT,
              e.reason().name(),
              text(e.getMessage()));
    };
  }

  private static String text(@Nullable String message) {
    return message == null ? "" : message;
  }
}
