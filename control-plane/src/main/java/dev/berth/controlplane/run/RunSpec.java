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

  public RunSpec {
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
  }
}
