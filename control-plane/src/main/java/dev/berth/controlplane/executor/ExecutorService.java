package dev.berth.controlplane.executor;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.platform.errors.CommonErrors;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads executors. */
@Singleton
public final class ExecutorService {
  private final ExecutorRepository executors;

  ExecutorService(ExecutorRepository executors) {
    this.executors = executors;
  }

  /** The executor, or NOT_FOUND where the project has none such. */
  public Executor get(ProjectId project, ExecutorId id) {
    return executors
        .find(id)
        .filter(executor -> executor.projectId().equals(project))
        .orElseThrow(() -> CommonErrors.notFound("executor", id));
  }

  public Optional<Executor> find(ExecutorId id) {
    return executors.find(id);
  }

  /** Newest first, those older than {@code before} where it is set. */
  public List<Executor> list(ProjectId project, @Nullable ExecutorId before, int limit) {
    return executors.list(project, before, limit);
  }

  /** The project's executors that have a link and a lease, ready for work or not. */
  public List<Executor> connected(ProjectId project) {
    return executors.connected(project);
  }

  /** What live workers take of each executor; those with none are left out. */
  public Map<ExecutorId, Capacity> used(Collection<ExecutorId> ids) {
    return executors.used(ids);
  }

  /** Whether some replica holds the executor's link and its lease is valid. */
  public boolean isConnected(ExecutorId id) {
    return executors.find(id).map(Executor::connected).orElse(false);
  }
}
