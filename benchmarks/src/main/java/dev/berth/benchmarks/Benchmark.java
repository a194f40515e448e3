package dev.berth.benchmarks;

/** Measures something and prints it. */
interface Benchmark {
  /**
   * @param rounds how often to measure what is measured more than once
   */
  void run(int rounds) throws Exception;
}
