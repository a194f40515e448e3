package dev.berth.controlplane.run;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.RunId;
import dev.berth.controlplane.artifact.Artifact;
import dev.berth.controlplane.artifact.ArtifactRuns;
import dev.berth.controlplane.platform.db.Notifications;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs as those who leave artifacts behind. */
@Singleton
final class RunArtifacts implements ArtifactRuns {
  private static final Logger log = LoggerFactory.getLogger(RunArtifacts.class);

  private final RunRepository runs;
  private final RunEventRepository events;
  private final Notifications notifications;
  private final Clock clock;

  RunArtifacts(
      RunRepository runs, RunEventRepository events, Notifications notifications, Clock clock) {
    this.runs = runs;
    this.events = events;
    this.notifications = notifications;
    this.clock = clock;
  }

  @Override
  public Owner hold(ExecutorId executor, RunId id, AttemptId attempt) {
    Run run = runs.lock(id).orElseThrow(() -> RunErrors.notFound(id));
    if (!run.isHeldBy(executor, attempt)) {
      throw RunErrors.attemptStale(run);
    }
    if (run.sessionId() == null) {
      throw RunErrors.noWorkspace(run);
    }
    return new Owner(run.projectId(), run.sessionId(), run.spec().artifacts().retention());
  }

  @Override
  public void created(RunId run, AttemptId attempt, Artifact artifact) {
    NewEvent created = RunEventProtoMapper.created(artifact, clock.instant());
    long last = events.appendOwn(run, attempt, List.of(created), false);
    log.debug("{} is told of {} by event {}", run, artifact.id(), last);
    notifications.publish("run:" + run);
  }
}
