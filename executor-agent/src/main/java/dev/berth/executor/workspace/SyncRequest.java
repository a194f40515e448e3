package dev.berth.executor.workspace;

/**
 * @param generation of the worker the copy serves
 * @param reason REQUESTED, RUN_FINISHED, INTERVAL, STOP or RESCUE
 * @param dirtyVersion goes back with the commit
 * @param quiescent no process of the sandbox exists and no file operation is under way until the
 *     sync has ended
 * @param rescued save a given-up worker's files beside the session's line of snapshots
 */
public record SyncRequest(
    long generation, String reason, long dirtyVersion, boolean quiescent, boolean rescued) {}
