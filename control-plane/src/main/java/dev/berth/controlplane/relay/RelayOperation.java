package dev.berth.controlplane.relay;

import dev.berth.executor.v1.FileOperation;

/**
 * What an executor is asked to do with a session's files.
 *
 * @param writes whether it may change them
 */
public record RelayOperation(FileOperation operation, boolean writes) {}
