package dev.berth.executor.provider;

import java.util.List;
import java.util.Map;

/**
 * What to start in a container. Environment and input may hold secrets, so none of it is printed.
 *
 * @param input the first bytes of its standard input, which stays open
 * @param opening what its dialogue must know of how it was begun; kept by the agent as long as it
 *     looks after the process
 */
@SuppressWarnings("ArrayRecordComponent")
public record Program(
    List<String> argv, Map<String, String> environment, byte[] input, String opening) {

  public Program {
    argv = List.copyOf(argv);
    environment = Map.copyOf(environment);
  }

  @Override
  public String toString() {
    return "Program[" + argv.getFirst() + "]";
  }
}
