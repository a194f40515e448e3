package dev.berth.controlplane.session;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.platform.auth.Actor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What to make a session of.
 *
 * @param origin the snapshot whose files it begins with; null for none
 * @param throwaway made for the run that comes with it; deleted with its files once that has ended
 */
public record NewSession(
    ProjectId projectId,
    @Nullable String name,
    Map<String, String> labels,
    SessionSpec spec,
    Actor createdBy,
    String correlationId,
    String traceId,
    boolean active,
    boolean throwaway,
    @Nullable SnapshotId origin) {

  /** Of no snapshot. */
  public NewSession(
      ProjectId projectId,
      @Nullable String name,
      Map<String, String> labels,
      SessionSpec spec,
      Actor createdBy,
      String correlationId,
      String traceId,
      boolean active,
      boolean throwaway) {
    this(projectId, name, labels, spec, createdBy, correlationId, traceId, active, throwaway, null);
  }
}
