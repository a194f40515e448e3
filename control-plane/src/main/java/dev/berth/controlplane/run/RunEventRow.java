package dev.berth.controlplane.run;

import dev.berth.common.Id.AttemptId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One event of a run as it is stored. {@code payload} is the serialised message of {@code type}, at
 * most 64 KiB; or, where it is {@code referenced}, says which artifact holds that.
 */
record RunEventRow(
    long seq,
    Instant time,
    String type,
    @Nullable AttemptId attemptId,
    String actorKind,
    String actorId,
    String traceId,
    byte[] payload,
    boolean referenced) {

  static final String FINISHED = "run.finished";
}
