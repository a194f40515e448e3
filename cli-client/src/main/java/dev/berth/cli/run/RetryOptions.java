package dev.berth.cli.run;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.berth.cli.session.SpecOptions;
import dev.berth.v1.EndReason;
import dev.berth.v1.RetryPolicy;
import dev.berth.v1.RunSpec;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options of a run about further attempts and about being late. */
final class RetryOptions {
  @Option(
      names = "--max-attempts",
      defaultValue = "0",
      paramLabel = "N",
      description = "Default: 1.")
  int maxAttempts;

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

  @Option(
      names = "--start-within",
      paramLabel = "TIME",
      converter = SpecOptions.Time.class,
      description = "It expires where it has not started by then.")
  @Nullable Duration startWithin;

  @Option(
      names = "--finish-within",
      paramLabel = "TIME",
      converter = SpecOptions.Time.class,
      description = "It is ended where it has not finished by then, waiting included.")
  @Nullable Duration finishWithin;

  void fill(RunSpec.Builder spec, Clock clock) {
    var retry = RetryPolicy.newBuilder().addAllReasons(reasons);
    if (delay != null) {
      retry.setDelay(delay);
    }
    if (maxDelay != null) {
      retry.setMaxDelay(maxDelay);
    }
    spec.setMaxAttempts(maxAttempts).setRetry(retry);
    if (startWithin != null) {
      spec.setStartBy(behind(clock, startWithin));
    }
    if (finishWithin != null) {
      spec.setFinishBy(behind(clock, finishWithin));
    }
  }

  private static Timestamp behind(Clock clock, Duration time) {
    return Timestamps.add(Timestamps.fromMillis(clock.millis()), time);
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
