package dev.berth.controlplane.workspace;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;

/** A session's worker in which files can be used now, and where it is. */
public record ReadyWorker(
    SessionId session, WorkerId worker, ExecutorId executor, long generation) {}
