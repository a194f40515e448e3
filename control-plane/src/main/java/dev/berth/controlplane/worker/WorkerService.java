package dev.berth.controlplane.worker;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.WorkerId;
import dev.berth.controlplane.platform.errors.CommonErrors;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads workers. */
@Singleton
public final class WorkerService {
  private final WorkerRepository workers;
  private final CopyRepository copies;

  WorkerService(WorkerRepository workers, CopyRepository copies) {
    this.workers = workers;
    this.copies = copies;
  }

  /** The worker, or NOT_FOUND where the project has none such. */
  public Worker get(ProjectId project, WorkerId id) {
    return workers.find(project, id).orElseThrow(() -> CommonErrors.notFound("worker", id));
  }

  /** Newest first, those older than {@code before} where it is set. */
  public List<Worker> list(WorkerFilter filter, @Nullable WorkerId before, int limit) {
    return workers.list(filter, before, limit);
  }

  /**
   * What the copies that workers use take of their executors' disks; those without are left out.
   */
  public Map<WorkerId, Long> diskUsed(List<Worker> of) {
    return copies.diskUsed(of.stream().map(Worker::id).toList());
  }
}
