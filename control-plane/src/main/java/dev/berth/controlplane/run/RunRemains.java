package dev.berth.controlplane.run;

import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.artifact.AttemptArtifacts;
import dev.berth.controlplane.session.SessionRemains;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;

/** Runs of a session that is removed, with their attempts and events. */
@Singleton
final class RunRemains implements SessionRemains {
  private static final int RUNS = 100;
  private static final int EVENTS = 5_000;

  private final RunRemainsRepository runs;
  private final AttemptArtifacts artifacts;

  RunRemains(RunRemainsRepository runs, AttemptArtifacts artifacts) {
    this.runs = runs;
    this.artifacts = artifacts;
  }

  /**
   * Removes some runs that ended longer ago than their retention, {@code usual} where they have
   * none, or some of their events first, in a transaction; false where there is none.
   */
  boolean removeEnded(Duration usual) {
    List<RunId> ended = runs.ended(usual, RUNS);
    if (ended.isEmpty()) {
      return false;
    }
    if (runs.deleteEvents(ended, EVENTS) < EVENTS) {
      artifacts.forgetPayloads(ended);
      runs.delete(ended);
    }
    return true;
  }

  @Override
  public Layer layer() {
    return Layer.USE;
  }

  @Override
  public Progress remove(SessionId session) {
    List<RunId> oldest = runs.oldest(session, RUNS);
    if (oldest.isEmpty()) {
      return Progress.NOTHING_LEFT;
    }
    if (runs.deleteEvents(oldest, EVENTS) < EVENTS) {
      runs.delete(oldest);
    }
    return Progress.MORE;
  }
}
