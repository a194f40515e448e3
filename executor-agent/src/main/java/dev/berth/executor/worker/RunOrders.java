package dev.berth.executor.worker;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.WorkerId;
import dev.berth.executor.process.SecretValue;
import dev.berth.executor.provider.Turn;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Orders about attempts. */
public final class RunOrders {

  private RunOrders() {}

  /**
   * What a process is given of secrets.
   *
   * @param failure why they cannot be given; empty where they can
   */
  public record Secrets(List<SecretValue> values, String failure) {
    public static final Secrets NONE = new Secrets(List.of(), "");

    public Secrets {
      values = List.copyOf(values);
    }
  }

  /**
   * Start a process for this attempt; the same attempt again is nothing new.
   *
   * @param models whether it may ask models
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Start(
      RunId run,
      AttemptId attempt,
      WorkerId worker,
      long generation,
      String provider,
      List<String> command,
      Map<String, String> environment,
      Secrets secrets,
      boolean models,
      String workingDirectory,
      byte[] input,
      boolean interactive,
      Duration timeout,
      Duration grace,
      List<String> artifacts,
      Optional<AgentTurn> turn) {
    public Start {
      command = List.copyOf(command);
      environment = Map.copyOf(environment);
      artifacts = List.copyOf(artifacts);
    }

    /** Without command, environment and input: they may be secrets. */
    @Override
    public String toString() {
      return "Start[" + attempt + ", " + run + ", " + worker + ", " + provider + "]";
    }
  }

  /**
   * What an agent program is asked; command, input and whether that stays open are its provider's.
   *
   * @param resumed whether the program has begun the conversation before
   */
  public record AgentTurn(Turn turn, boolean resumed) {}

  /** End the attempt's process: TERM, grace, KILL. */
  public record Stop(AttemptId attempt, Duration grace) {}
}
