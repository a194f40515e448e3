package dev.berth.executor.container;

/**
 * Counts since the container's last start: processes killed for memory, and forks refused by the
 * process limit.
 */
public record ResourceCounters(long oomKills, long pidsRefused) {

  public static final ResourceCounters ZERO = new ResourceCounters(0, 0);
}
