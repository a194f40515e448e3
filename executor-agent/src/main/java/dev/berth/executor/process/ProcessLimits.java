package dev.berth.executor.process;

import java.time.Duration;

/**
 * Bounds of every attempt.
 *
 * @param outputBytes of one stream; an attempt that prints more is ended and the rest is cut
 * @param pauseBytes printed and not acknowledged: its container is paused
 * @param resumeBytes printed and not acknowledged: it is thawed
 * @param windowBytes handed to the listener and not acknowledged
 * @param batchBytes of output in one batch
 * @param coalesce the least time between two batches that are not full
 * @param look how often states that nobody signals are looked at
 */
public record ProcessLimits(
    long outputBytes,
    long pauseBytes,
    long resumeBytes,
    int windowBytes,
    int batchBytes,
    Duration coalesce,
    Duration look) {

  public static final ProcessLimits DEFAULT =
      new ProcessLimits(
          1L << 30,
          64L << 20,
          16L << 20,
          1 << 20,
          256 << 10,
          Duration.ofMillis(50),
          Duration.ofMillis(500));

  /** These, with another bound of what one stream may print. */
  public ProcessLimits withOutputBytes(long bytes) {
    return new ProcessLimits(
        bytes, pauseBytes, resumeBytes, windowBytes, batchBytes, coalesce, look);
  }
}
