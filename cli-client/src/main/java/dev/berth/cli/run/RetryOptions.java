package dev.berth.cli.run;

import com.google.protobuf.Duration;
import dev.berth.cli.session.SpecOptions;
import dev.berth.v1.EndReason;
import dev.berth.v1.RetryPolicy;
import dev.berth.v1.RunSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options about further attempts: of a run, or of a queue for runs that say nothing. */
public final class RetryOptions {
  @Option(
      names = "--max-attempts",
      paramLabel = "N",
      description = "Default: 1; of a run: what its queue says.")
  @Nullable Integer maxAttempts;

  @Option(
      names = "--retry-delay",
      paramLabel = "TIME",
      converter = SpecOptions.Time.class,
      description = "Before the second attempt, twice as long before each further. Default: 1s.")
  @Nullable Duration delay;

  @Option(
      names = "--retry-max-delay",
      paramLabel = "TIME",
      converter = SpecOptions.Time.class,
      description = "At most so long. Default: 5m; as --retry-delay: the same before each.")
  @Nullable Duration maxDelay;

  @Option(
      names = "--retry-on",
      paramLabel = "REASON",
      converter = Reason.class,
      description = {
        "exit_code, timeout, out_of_memory, … Repeatable.",
        "Default: worker_lost, executor_lost, start_unknown."
      })
  List<EndReason> reasons = new ArrayList<>();

  /** How many attempts; null where that was not said. */
  public @Nullable Integer maxAttempts() {
    return maxAttempts;
  }

  /** How they follow each other; null where nothing of it was said. */
  public @Nullable RetryPolicy policy() {
    if (delay == null && maxDelay == null && reasons.isEmpty()) {
      return null;
    }
    var retry = RetryPolicy.newBuilder().addAllReasons(reasons);
    if (delay != null) {
      retry.setDelay(delay);
    }
    if (maxDelay != null) {
      retry.setMaxDelay(maxDelay);
    }
    return retry.build();
  }

  void fill(RunSpec.Builder spec) {
    if (maxAttempts != null) {
      spec.setMaxAttempts(maxAttempts);
    }
    RetryPolicy policy = policy();
    if (policy != null) {
      spec.setRetry(policy);
    }
  }

  /** Why an attempt ended, as it is typed. */
  static final class Reason implements ITypeConverter<EndReason> {
    @Override
    public EndReason convert(String typed) {
      try {
        return EndReason.valueOf("END_REASON_" + typed.toUpperCase(Locale.ROOT));
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(
            "there is no end " + typed + "; it is exit_code, timeout, …");
      }
    }
  }
}
