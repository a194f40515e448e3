package dev.berth.controlplane.session;

import java.time.Duration;
import java.util.Map;

/**
 * How to run in a session, with defaults applied. A zero {@code idleTimeout} means never; both
 * label maps must all be found on the executor.
 */
public record SessionSpec(
    String image,
    Limits limits,
    Map<String, String> placementLabels,
    Map<String, String> requiredHardening,
    Duration idleTimeout,
    Duration retentionTimeout) {

  static final Duration DEFAULT_IDLE_TIMEOUT = Duration.ofMinutes(30);
  static final Duration DEFAULT_RETENTION_TIMEOUT = Duration.ofDays(7);

  /**
   * What a worker may use: thousandths of a core, bytes of memory and swap together, bytes of disk,
   * processes and threads, and the name of the network mode.
   */
  public record Limits(int cpuMillis, long memoryBytes, long diskBytes, int pids, String network) {
    static final int DEFAULT_CPU_MILLIS = 1000;
    static final long DEFAULT_MEMORY_BYTES = 1L << 30;
    static final long DEFAULT_DISK_BYTES = 4L << 30;
    static final int DEFAULT_PIDS = 256;
    static final String NO_NETWORK = "NONE";
  }

  SessionSpec withImage(String other) {
    return new SessionSpec(
        other, limits, placementLabels, requiredHardening, idleTimeout, retentionTimeout);
  }

  /** All limits but the network mode, which is not one of the resources. */
  SessionSpec withResources(Limits other) {
    return withLimits(
        new Limits(
            other.cpuMillis(),
            other.memoryBytes(),
            other.diskBytes(),
            other.pids(),
            limits.network()));
  }

  SessionSpec withNetwork(String other) {
    return withLimits(
        new Limits(
            limits.cpuMillis(), limits.memoryBytes(), limits.diskBytes(), limits.pids(), other));
  }

  private SessionSpec withLimits(Limits other) {
    return new SessionSpec(
        image, other, placementLabels, requiredHardening, idleTimeout, retentionTimeout);
  }

  SessionSpec withPlacementLabels(Map<String, String> other) {
    return new SessionSpec(image, limits, other, requiredHardening, idleTimeout, retentionTimeout);
  }

  SessionSpec withRequiredHardening(Map<String, String> other) {
    return new SessionSpec(image, limits, placementLabels, other, idleTimeout, retentionTimeout);
  }

  SessionSpec withIdleTimeout(Duration other) {
    return new SessionSpec(
        image, limits, placementLabels, requiredHardening, other, retentionTimeout);
  }

  SessionSpec withRetentionTimeout(Duration other) {
    return new SessionSpec(image, limits, placementLabels, requiredHardening, idleTimeout, other);
  }
}
