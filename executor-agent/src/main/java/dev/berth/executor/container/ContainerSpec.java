package dev.berth.executor.container;

import java.nio.file.Path;
import java.util.List;

/**
 * What a container is made from; none of it can change after create.
 *
 * @param name unique on the host; says nothing of whom it serves
 * @param image a reference or an engine's image id
 * @param limits what it may use of the host
 * @param mounts directories of the host; nothing else of the host is visible inside
 * @param network what it can reach
 * @param users whom its processes run as
 * @param runtime the low-level runtime, for example {@code runsc}; empty for the engine's default
 */
public record ContainerSpec(
    String name,
    String image,
    Limits limits,
    List<Mount> mounts,
    Network network,
    SandboxUsers users,
    String runtime) {

  public ContainerSpec {
    mounts = List.copyOf(mounts);
  }

  /**
   * @param memoryBytes memory and swap together; tmpfs and shared memory count as memory
   * @param cpuMillis thousandths of a core
   * @param pids processes and threads
   */
  public record Limits(long memoryBytes, int cpuMillis, int pids) {

    public Limits {
      if (memoryBytes < 16L << 20 || cpuMillis < 1 || pids < 8) {
        throw new IllegalArgumentException(
            "limits below 16 MiB of memory, 1 thousandth of a core or 8 processes");
      }
    }
  }

  /** A directory of the host at an absolute path inside. */
  public record Mount(Path source, String target, boolean readOnly) {}

  public enum Network {
    /** Nothing but its own loopback. */
    NONE
  }
}
