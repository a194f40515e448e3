package dev.berth.controlplane.executor;

/**
 * What an executor can hold, or holds: workers, thousandths of a core, bytes of memory, bytes of
 * disk.
 */
public record Capacity(int workers, int cpuMillis, long memoryBytes, long diskBytes) {
  public static final Capacity NONE = new Capacity(0, 0, 0, 0);

  public Capacity plus(Capacity other) {
    return new Capacity(
        workers + other.workers,
        cpuMillis + other.cpuMillis,
        memoryBytes + other.memoryBytes,
        diskBytes + other.diskBytes);
  }

  public Capacity minus(Capacity other) {
    return new Capacity(
        workers - other.workers,
        cpuMillis - other.cpuMillis,
        memoryBytes - other.memoryBytes,
        diskBytes - other.diskBytes);
  }
}
