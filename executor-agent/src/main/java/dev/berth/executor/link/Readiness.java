package dev.berth.executor.link;

/**
 * What a heartbeat says beside being one.
 *
 * @param problem why it takes no work; empty where it does
 */
public record Readiness(String problem, long diskFreeBytes) {
  boolean ready() {
    return problem.isEmpty();
  }
}
