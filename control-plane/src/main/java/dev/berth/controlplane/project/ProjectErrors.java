package dev.berth.controlplane.project;

import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.CommonErrors;

/** What ProjectService refuses. */
final class ProjectErrors {

  private ProjectErrors() {}

  static BerthException notFound(Object id) {
    return CommonErrors.notFound("project", id);
  }

  static BerthException etagStale(Project project) {
    return CommonErrors.etagStale("project", project.id());
  }
}
