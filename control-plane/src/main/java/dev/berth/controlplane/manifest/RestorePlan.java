package dev.berth.controlplane.manifest;

import java.util.List;

/**
 * What bringing up a worker would do.
 *
 * @param omitted how many entries are left out
 */
public record RestorePlan(List<Entry> entries, long omitted) {
  public RestorePlan {
    entries = List.copyOf(entries);
  }

  /** In the order in which they are applied and shown. */
  public enum Layer {
    RUNTIME_IMAGE,
    SEEDS,
    AGENT_DATA,
    WORKSPACE,
    FIXUPS
  }

  public enum Action {
    WRITE,
    KEEP,
    REMOVE,
    REFUSE,
    CHECK
  }

  /**
   * @param path absolute; of the home directory for agent data, the image for the image
   * @param detail why, or empty
   */
  public record Entry(
      Layer layer, Action action, String path, long files, long bytes, String detail) {}
}
