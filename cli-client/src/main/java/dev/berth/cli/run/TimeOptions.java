package dev.berth.cli.run;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.berth.cli.session.SpecOptions;
import dev.berth.v1.RunSpec;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of a run about being late, and about how long it is kept. */
final class TimeOptions {
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

  @Option(
      names = "--retention",
      paramLabel = "TIME",
      converter = SpecOptions.Time.class,
      description = "How long it is kept once it has ended. Default: what its queue says, or 30d.")
  @Nullable Duration retention;

  void fill(RunSpec.Builder spec, Clock clock) {
    if (startWithin != null) {
      spec.setStartBy(behind(clock, startWithin));
    }
    if (finishWithin != null) {
      spec.setFinishBy(behind(clock, finishWithin));
    }
    if (retention != null) {
      spec.setRetention(retention);
    }
  }

  private static Timestamp behind(Clock clock, Duration time) {
    return Timestamps.add(Timestamps.fromMillis(clock.millis()), time);
  }
}
