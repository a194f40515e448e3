package dev.berth.executor.process;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.WorkerId;
import dev.berth.executor.journal.Position;

/**
 * An attempt the agent still holds.
 *
 * @param acked as far as the agent knows; the control plane may have committed more
 * @param ended whether its process is gone and only its journal remains to be acknowledged
 * @param bytes printed so far
 */
public record ProcessInfo(
    AttemptId attempt,
    RunId run,
    WorkerId worker,
    String container,
    Position acked,
    boolean ended,
    long bytes) {}
