package dev.berth.controlplane.run;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.WorkerId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One try at a run; without end while under way. */
public record RunAttempt(
    AttemptId id,
    int number,
    ExecutorId executorId,
    @Nullable WorkerId workerId,
    Instant startTime,
    @Nullable Instant endTime,
    @Nullable RunEnd end) {}
