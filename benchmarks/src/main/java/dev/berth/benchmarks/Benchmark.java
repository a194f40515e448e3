package dev.berth.benchmarks;

/** Measures something. */
interface Benchmark {
  /**
   * @param rounds how often to measure what is measured more than once
   */
  Times run(int rounds) throws Exception;
}
