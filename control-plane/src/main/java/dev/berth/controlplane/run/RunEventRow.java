package dev.berth.controlplane.run;

import dev.berth.common.Id.AttemptId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One event of a run as it is stored. {@code payload} is the serialised message of {@code type}, at
 * most 64 KiB.
 */
record RunEventRow(
    long seq,
    Instant time,
    String type,
    @Nullable AttemptId attemptId,
    String actorKind,
    String actorId,
    String traceId,
    byte[] payload) {

  static final String FINISHED = "run.finished";
}
