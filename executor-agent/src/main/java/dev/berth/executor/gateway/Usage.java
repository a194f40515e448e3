package dev.berth.executor.gateway;

/**
 * Tokens of one answer.
 *
 * @param input without those read from a cache
 */
public record Usage(long input, long cached, long output) {
  static final Usage NONE = new Usage(0, 0, 0);

  Usage plus(Usage more) {
    return new Usage(input + more.input, cached + more.cached, output + more.output);
  }

  /** Of two counts of one answer the later one: none of its numbers falls. */
  Usage later(Usage other) {
    return new Usage(
        Math.max(input, other.input),
        Math.max(cached, other.cached),
        Math.max(output, other.output));
  }
}
