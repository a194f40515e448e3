package dev.berth.controlplane.session;

import dev.berth.controlplane.manifest.RuntimeManifest;
import java.time.Duration;
import java.util.Map;

/**
 * How to run in a session, with defaults applied. Both label maps must all be found on the
 * executor.
 */
public record SessionSpec(
    String image,
    Limits limits,
    Map<String, String> placementLabels,
    Map<String, String> requiredHardening,
    Rules rules,
    RuntimeManifest manifest) {

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

    /** Its loopback leads to models. */
    public static final String GATEWAY = "GATEWAY";
  }

  /**
   * What Berth does with it by itself. A zero {@code idleTimeout} or {@code syncInterval} means
   * never.
   *
   * @param autoResume whether a call that needs a worker wakes it
   * @param syncInterval how often its files are saved while a run is under way
   * @param keepSnapshots how many of its newest snapshots are kept in any case
   */
  public record Rules(
      Duration idleTimeout,
      Duration retentionTimeout,
      Duration syncInterval,
      boolean autoResume,
      int keepSnapshots) {

    static final Duration DEFAULT_IDLE_TIMEOUT = Duration.ofMinutes(30);
    static final Duration DEFAULT_RETENTION_TIMEOUT = Duration.ofDays(7);
    static final Duration DEFAULT_SYNC_INTERVAL = Duration.ofMinutes(5);

    Rules withIdleTimeout(Duration other) {
      return new Rules(other, retentionTimeout, syncInterval, autoResume, keepSnapshots);
    }

    Rules withRetentionTimeout(Duration other) {
      return new Rules(idleTimeout, other, syncInterval, autoResume, keepSnapshots);
    }

    Rules withSyncInterval(Duration other) {
      return new Rules(idleTimeout, retentionTimeout, other, autoResume, keepSnapshots);
    }

    Rules withAutoResume(boolean other) {
      return new Rules(idleTimeout, retentionTimeout, syncInterval, other, keepSnapshots);
    }

    Rules withKeepSnapshots(int other) {
      return new Rules(idleTimeout, retentionTimeout, syncInterval, autoResume, other);
    }
  }

  /** What counts where a spec says nothing. */
  public record Defaults(String image, Rules rules) {}

  SessionSpec withImage(String other) {
    return new SessionSpec(other, limits, placementLabels, requiredHardening, rules, manifest);
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
    return new SessionSpec(image, other, placementLabels, requiredHardening, rules, manifest);
  }

  SessionSpec withPlacementLabels(Map<String, String> other) {
    return new SessionSpec(image, limits, other, requiredHardening, rules, manifest);
  }

  SessionSpec withRequiredHardening(Map<String, String> other) {
    return new SessionSpec(image, limits, placementLabels, other, rules, manifest);
  }

  SessionSpec withRules(Rules other) {
    return new SessionSpec(image, limits, placementLabels, requiredHardening, other, manifest);
  }

  SessionSpec withManifest(RuntimeManifest other) {
    return new SessionSpec(image, limits, placementLabels, requiredHardening, rules, other);
  }
}
