package dev.berth.controlplane.run;

import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.snapshot.SnapshotCommit;
import dev.berth.controlplane.snapshot.SyncListener;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells a run that is under way that its session was saved. */
@Singleton
final class RunSyncs implements SyncListener {
  private static final Logger log = LoggerFactory.getLogger(RunSyncs.class);

  private final RunRepository runs;
  private final RunEventRepository events;
  private final Notifications notifications;
  private final Clock clock;

  RunSyncs(
      RunRepository runs, RunEventRepository events, Notifications notifications, Clock clock) {
    this.runs = runs;
    this.events = events;
    this.notifications = notifications;
    this.clock = clock;
  }

  @Override
  public void synced(SnapshotCommit commit) {
    runs.active(commit.session())
        .flatMap(runs::lock)
        .filter(run -> run.state().active())
        .ifPresent(run -> tell(run, commit));
  }

  private void tell(Run run, SnapshotCommit commit) {
    Run.Attempt attempt = run.attempt();
    if (attempt == null || attempt.generation() != commit.generation()) {
      return;
    }
    NewEvent synced = RunEventProtoMapper.synced(commit, clock.instant());
    long last = events.appendOwn(run.id(), attempt.id(), List.of(synced), false);
    log.debug("{} is told of {} by event {}", run.id(), commit.snapshot(), last);
    notifications.publish("run:" + run.id());
  }
}
