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
 */
public record SessionlessReport(
    RunId run, AttemptId attempt, Instant began, Optional<AttemptEnd> end) {}
