package dev.berth.executor.sessionless;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Begin this attempt; the same attempt again is nothing new. */
@SuppressWarnings("ArrayRecordComponent")
public record SessionlessStart(
    RunId run,
    AttemptId attempt,
    String provider,
    List<String> command,
    Map<String, String> environment,
    byte[] input,
    Duration timeout) {
  public SessionlessStart {
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
  }

  /** Without command, environment and input: they may be secrets. */
  @Override
  public String toString() {
    return "SessionlessStart[" + attempt + ", " + run + ", " + provider + "]";
  }
}
