package dev.berth.controlplane.executor;

/**
 * What an executor can hold, or holds: workers, thousandths of a core, bytes of memory, bytes of
 * disk.
 */
public record Capacity(int workers, int cpuMillis, long memoryBytes, long diskBytes) {
  public static final Capacity NONE = new Capacity(0, 0, 0, 0);
}
