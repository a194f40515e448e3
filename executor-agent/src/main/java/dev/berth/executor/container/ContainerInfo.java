package dev.berth.executor.container;

/**
 * A container as the engine last saw it.
 *
 * @param imageId the engine's id of its image, {@code sha256:…}
 * @param pid the host's id of its first process; 0 where it does not run
 * @param exitCode of its first process; 0 while it runs
 * @param outOfMemory whether the engine saw its first process killed for memory; children are not
 *     counted
 */
public record ContainerInfo(
    String id,
    String name,
    String imageId,
    State state,
    long pid,
    int exitCode,
    boolean outOfMemory) {

  public enum State {
    CREATED,
    RUNNING,
    PAUSED,
    STOPPED
  }

  /** Has processes, frozen or not. */
  public boolean alive() {
    return state == State.RUNNING || state == State.PAUSED;
  }
}
