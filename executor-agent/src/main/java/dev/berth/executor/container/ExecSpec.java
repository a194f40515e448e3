package dev.berth.executor.container;

import java.util.List;
import java.util.Map;

/**
 * A process to start in a container, with no terminal and no connection to the agent.
 *
 * @param environment on top of the image's; visible to the process's own user only, so secrets may
 *     stand here
 */
public record ExecSpec(List<String> argv, Map<String, String> environment, int user) {

  public ExecSpec {
    argv = List.copyOf(argv);
    environment = Map.copyOf(environment);
  }

  /** Without the environment's values: they may be secrets. */
  @Override
  public String toString() {
    return "ExecSpec["
        + argv.size()
        + " arguments, environment "
        + environment.keySet()
        + ", user "
        + user
        + "]";
  }
}
