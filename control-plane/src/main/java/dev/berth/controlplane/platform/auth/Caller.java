package dev.berth.controlplane.platform.auth;

import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.platform.errors.CommonErrors;

/**
 * Who makes the call under way, and its trace (32 hexadecimal digits). What services are told of a
 * call.
 */
public record Caller(Principal principal, String traceId) {

  /** The caller's own project. */
  public ProjectId projectId() {
    return principal.projectId();
  }

  /**
   * The project a request names: empty is the caller's own, and any other is NOT_FOUND, whether it
   * exists or not.
   */
  public ProjectId project(String requested) {
    ProjectId own = projectId();
    if (requested.isEmpty() || requested.equals(own.toString())) {
      return own;
    }
    try {
      throw CommonErrors.notFound("project", ProjectId.parse(requested));
    } catch (IllegalArgumentException e) {
      throw CommonErrors.fieldInvalid("project_id", "is no project id");
    }
  }

  public Actor actor() {
    return actor("");
  }

  /** {@code onBehalfOf} as the request says, empty for none. */
  public Actor actor(String onBehalfOf) {
    Actor.Kind kind =
        switch (principal.kind()) {
          case KEY -> Actor.Kind.KEY;
          case EXECUTOR -> Actor.Kind.EXECUTOR;
          case ENROLMENT, REPLICA -> Actor.Kind.SYSTEM;
        };
    return new Actor(kind, principal.id(), onBehalfOf.isEmpty() ? null : onBehalfOf);
  }
}
