package dev.berth.controlplane.run;

import dev.berth.common.Id.ConversationId;
import dev.berth.common.RetryPolicy;
import dev.berth.controlplane.provider.AgentSpec;
import dev.berth.controlplane.queue.RetryRule;
import dev.berth.controlplane.queue.RunDefaults;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a run does, with every default applied.
 *
 * @param interactive whether its standard input stays open behind {@code input}
 * @param retention how long it is kept once it has ended; null: as the installation keeps runs
 * @param secrets that its process gets
 * @param agent null where the provider drives no agent program
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
    Deadlines deadlines,
    @Nullable Duration retention,
    List<SecretUse> secrets,
    @Nullable AgentSpec agent) {

  /**
   * How attempts follow each other.
   *
   * @param reasons the ends of attempts after which another follows
   */
  public record Retry(RetryPolicy backoff, Set<EndReason> reasons) {
    static final RetryPolicy BACKOFF = RetryRule.USUAL;

    static Retry of(RetryRule rule) {
      return new Retry(
          rule.backoff(),
          rule.reasons().stream().map(EndReason::valueOf).collect(Collectors.toSet()));
    }

    RetryRule rule() {
      return new RetryRule(backoff, reasons.stream().map(Enum::name).collect(Collectors.toSet()));
    }

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

  /** What a request leaves to the queue that the run is put in. */
  public record Left(boolean maxAttempts, boolean retry, boolean retention) {
    static final Left NOTHING = new Left(false, false, false);
  }

  /** The spec with what is left to the queue taken from there, where that says it. */
  RunSpec with(RunDefaults queue, Left left) {
    return new RunSpec(
        provider,
        command,
        environment,
        workingDirectory,
        input,
        interactive,
        timeout,
        grace,
        left.maxAttempts() ? Math.max(1, queue.maxAttempts()) : maxAttempts,
        artifacts,
        order,
        left.retry() && queue.retry() != null ? Retry.of(queue.retry()) : retry,
        deadlines,
        left.retention() ? queue.retention() : retention,
        secrets,
        agent);
  }

  /** The same as a turn of that conversation. */
  RunSpec in(ConversationId conversation) {
    return new RunSpec(
        provider,
        command,
        environment,
        workingDirectory,
        input,
        interactive,
        timeout,
        grace,
        maxAttempts,
        artifacts,
        order,
        retry,
        deadlines,
        retention,
        secrets,
        Objects.requireNonNull(agent).in(conversation));
  }

  /** The provider that runs a program as it is; every executor has it. */
  public static final String EXEC = "exec";

  public RunSpec {
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
    secrets = List.copyOf(secrets);
  }
}
