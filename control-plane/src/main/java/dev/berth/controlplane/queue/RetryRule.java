package dev.berth.controlplane.queue;

import dev.berth.common.RetryPolicy;
import java.time.Duration;
import java.util.Set;

/**
 * How attempts of a run follow each other.
 *
 * @param reasons the ends of attempts after which another follows, as {@code berth.v1.EndReason}
 *     names them
 */
public record RetryRule(RetryPolicy backoff, Set<String> reasons) {
  /** Where nobody says another. */
  public static final RetryPolicy USUAL =
      new RetryPolicy(Duration.ofSeconds(1), Duration.ofMinutes(5));

  /** Those that say nothing about the command itself, so that another attempt may do better. */
  static final Set<String> LOSSES = Set.of("START_UNKNOWN", "WORKER_LOST", "EXECUTOR_LOST");

  /** After which an attempt can follow at all: one failed so, by itself. */
  static final Set<String> POSSIBLE =
      Set.of(
          "EXIT_CODE",
          "SIGNAL",
          "OUT_OF_MEMORY",
          "PIDS_LIMIT",
          "DISK_FULL",
          "OUTPUT_LIMIT",
          "TIMEOUT",
          "START_FAILED",
          "START_UNKNOWN",
          "WORKER_LOST",
          "EXECUTOR_LOST",
          "JOURNAL_DAMAGED");

  public RetryRule {
    reasons = Set.copyOf(reasons);
  }
}
