package dev.berth.controlplane.run;

import dev.berth.common.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a run does, with every default applied.
 *
 * @param interactive whether its standard input stays open behind {@code input}
 */
public record RunSpec(
    String provider,
    List<String> command,
    Map<String, String> environment,
    String workingDirectory,
    byte[] input,
    boolean interactive,
    Duration timeout,
    Duration grace,
    int maxAttempts,
    Artifacts artifacts,
    Order order,
    Retry retry,
    Deadlines deadlines) {

  /**
   * How attempts follow each other.
   *
   * @param reasons the ends of attempts after which another follows
   */
  public record Retry(RetryPolicy backoff, Set<EndReason> reasons) {
    static final RetryPolicy BACKOFF =
        new RetryPolicy(Duration.ofSeconds(1), Duration.ofMinutes(5));

    public Retry {
      reasons = Collections.unmodifiableSet(EnumSet.copyOf(reasons));
    }
  }

  /** Until when an attempt must have begun, and until when the run must have ended. */
  public record Deadlines(@Nullable Instant startBy, @Nullable Instant finishBy) {}

  /**
   * What is kept of the workspace once the process has ended.
   *
   * @param paths globs relative to the workspace
   * @param retention null: as long as the session
   */
  public record Artifacts(List<String> paths, @Nullable Duration retention) {
    public Artifacts {
      paths = List.copyOf(paths);
    }
  }

  /**
   * When it goes, among others.
   *
   * @param priority higher goes first
   * @param notBefore null: at once
   * @param delay of a request that names no {@code notBefore}; null in a run
   */
  public record Order(int priority, @Nullable Instant notBefore, @Nullable Duration delay) {
    boolean hasTime() {
      return notBefore != null || delay != null;
    }
  }

  /** The provider that runs a program as it is; every executor has it. */
  public static final String EXEC = "exec";

  public RunSpec {
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
  }
}
