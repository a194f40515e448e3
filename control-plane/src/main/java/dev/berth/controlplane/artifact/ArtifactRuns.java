package dev.berth.controlplane.artifact;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The runs that leave artifacts behind. Implemented by {@code run}. */
public interface ArtifactRuns {

  /**
   * Whose an artifact will be.
   *
   * @param retention null: it goes with the session
   */
  record Owner(ProjectId project, SessionId session, @Nullable Duration retention) {}

  /**
   * Locks the run until the caller's transaction ends.
   *
   * @throws dev.berth.controlplane.platform.errors.BerthException NOT_FOUND where the executor
   *     never had it; ATTEMPT_STALE where the attempt is not its one under way
   */
  Owner hold(ExecutorId executor, RunId run, AttemptId attempt);

  /** Tells the run, which the caller's transaction holds. */
  void created(RunId run, AttemptId attempt, Artifact artifact);
}
