package dev.berth.controlplane.run;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What a run does, with every default applied. */
public record RunSpec(
    String provider,
    List<String> command,
    Map<String, String> environment,
    String workingDirectory,
    byte[] input,
    Duration timeout,
    Duration grace,
    int maxAttempts) {

  /** The provider that runs a program as it is; every executor has it. */
  public static final String EXEC = "exec";

  public RunSpec {
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
  }
}
