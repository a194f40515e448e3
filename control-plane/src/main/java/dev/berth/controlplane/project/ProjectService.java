package dev.berth.controlplane.project;

import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.event.EventService;
import dev.berth.controlplane.event.NewEvent;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.db.Transactions;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A caller sees and changes the project of its key and no other. */
@Singleton
public final class ProjectService {
  private final ProjectRepository repository;
  private final Transactions transactions;
  private final EventService events;
  private final Clock clock;

  ProjectService(
      ProjectRepository repository, Transactions transactions, EventService events, Clock clock) {
    this.repository = repository;
    this.transactions = transactions;
    this.events = events;
    this.clock = clock;
  }

  /** {@code requested} is an id, or empty for the caller's own project. */
  public Project get(Caller caller, String requested) {
    ProjectId id = caller.project(requested);
    return repository.find(id).orElseThrow(() -> ProjectErrors.notFound(id));
  }

  /** What sessions of the project get where their spec says nothing. */
  public Project.Settings settings(ProjectId id) {
    return repository.find(id).orElseThrow(() -> ProjectErrors.notFound(id)).settings();
  }

  /** Refused with ETAG_STALE where {@code version} is set and not the project's. */
  Project update(
      Caller caller,
      String requested,
      @Nullable Long version,
      UnaryOperator<ProjectChange> change) {
    ProjectId id = caller.project(requested);
    return transactions.call(() -> {
      Project old = repository.lock(id).orElseThrow(() -> ProjectErrors.notFound(id));
      if (version != null && version != old.version()) {
        throw ProjectErrors.etagStale(old);
      }
      repository.update(
          old, change.apply(new ProjectChange(old.labels(), old.settings())), clock.instant());
      events.record(
          new NewEvent(
              id,
              "project.updated",
              "project",
              id.toString(),
              null,
              "Updated",
              Map.of(),
              caller.actor(),
              caller.traceId()));
      return repository.find(id).orElseThrow();
    });
  }
}
