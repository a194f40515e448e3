package dev.berth.executor.worker;

import dev.berth.executor.workspace.WorkspaceFiles;

/**
 * A file operation under way on a session's copy; closing it ends the operation.
 *
 * @param files the copy's workspace
 */
public record FileAccess(WorkspaceFiles files, Runnable end) implements AutoCloseable {

  @Override
  public void close() {
    end.run();
  }
}
