package dev.berth.controlplane.run;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What an executor says of an attempt at a run without a session: that it has begun, and, where
 * {@code end} is set, that it is over.
 *
 * @param unbegun it is over because it has not begun: the run is given back
 */
record AttemptReport(
    RunId run, AttemptId attempt, Instant began, @Nullable AttemptEnd end, boolean unbegun) {}
