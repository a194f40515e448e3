package dev.berth.executor.sessionless;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import dev.berth.executor.process.AttemptEnd;
import java.time.Instant;
import java.util.Optional;

/**
 * An attempt that has begun, and, with {@code end}, is over.
 *
 * @param began by the agent's clock
 * @param unbegun it is over because it has not begun: its run is given back
 */
public record SessionlessReport(
    RunId run, AttemptId attempt, Instant began, Optional<AttemptEnd> end, boolean unbegun) {}
