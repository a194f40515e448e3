package dev.berth.executor.process;

/** Receives what attempts have to say. */
public interface ProcessListener {

  /**
   * Called in order for one attempt, with its lock held: must not block and must not call back into
   * {@link Processes} on this thread. What is outstanding is bounded by {@link
   * ProcessLimits#windowBytes} for each attempt, so keeping batches in a queue is safe.
   */
  void batch(JournalBatch batch);
}
