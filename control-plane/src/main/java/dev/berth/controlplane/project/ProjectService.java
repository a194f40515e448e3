package dev.berth.controlplane.project;

import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.platform.auth.Caller;
import jakarta.inject.Singleton;

/** A caller sees the project of its key and no other. */
@Singleton
public final class ProjectService {
  private final ProjectRepository repository;

  ProjectService(ProjectRepository repository) {
    this.repository = repository;
  }

  /** {@code requested} is an id, or empty for the caller's own project. */
  public Project get(Caller caller, String requested) {
    ProjectId id = caller.project(requested);
    return repository.find(id).orElseThrow(() -> ProjectErrors.notFound(id));
  }
}
