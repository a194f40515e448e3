package dev.berth.cli.run;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.berth.cli.session.SpecOptions;
import dev.berth.v1.RunSpec;
import java.text.ParseException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** When a run may start: one of a time from now, by the control plane's clock, and a moment. */
record After(@Nullable Duration delay, @Nullable Timestamp moment) {

  void fill(RunSpec.Builder spec) {
    if (delay != null) {
      spec.setDelay(delay);
    }
    if (moment != null) {
      spec.setNotBefore(moment);
    }
  }

  static final class Converter implements ITypeConverter<After> {
    @Override
    public After convert(String text) {
      if (!text.contains("T")) {
        return new After(new SpecOptions.Time().convert(text), null);
      }
      try {
        return new After(null, Timestamps.parse(text));
      } catch (ParseException e) {
        throw new TypeConversionException(
            "'" + text + "' is no moment such as 2027-01-31T08:00:00Z");
      }
    }
  }
}
