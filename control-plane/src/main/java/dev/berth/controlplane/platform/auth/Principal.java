package dev.berth.controlplane.platform.auth;

import dev.berth.common.Id.ProjectId;
import org.jspecify.annotations.Nullable;

/**
 * Whom a credential belongs to.
 *
 * @param id of the key or executor; the hash (hexadecimal) of an enrolment token; the installation
 *     for a replica
 * @param project null for a replica alone
 */
public record Principal(Kind kind, String id, @Nullable ProjectId project, Role role) {

  /** What kind of credential it was. */
  public enum Kind {
    KEY,
    EXECUTOR,
    ENROLMENT,
    REPLICA
  }

  /** The project all of it is confined to; {@link IllegalStateException} for a replica. */
  public ProjectId projectId() {
    if (project == null) {
      throw new IllegalStateException("a " + kind + " has no project");
    }
    return project;
  }
}
