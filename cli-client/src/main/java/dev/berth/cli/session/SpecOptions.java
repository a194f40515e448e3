package dev.berth.cli.session;

import com.google.protobuf.Duration;
import com.google.protobuf.FieldMask;
import com.google.protobuf.util.Durations;
import dev.berth.v1.SessionSpec;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options that say how to run in a session, and the message and mask they make. */
public final class SpecOptions {
  @Mixin ContainerOptions container = new ContainerOptions();

  @Option(
      names = "--idle-timeout",
      paramLabel = "TIME",
      converter = Time.class,
      description = "Save and stop when idle for so long, for example 10m; 0 means never.")
  @Nullable Duration idleTimeout;

  @Option(
      names = "--retention",
      paramLabel = "TIME",
      converter = Time.class,
      description = "Keep a stopped session's disk on the executor for so long.")
  @Nullable Duration retention;

  @Option(
      names = "--sync-interval",
      paramLabel = "TIME",
      converter = Time.class,
      description = "Save its files so often while a run is under way; 0 means never.")
  @Nullable Duration syncInterval;

  @Option(
      names = "--auto-resume",
      negatable = true,
      description = "Whether a run or a file call wakes it when it is stopped. Default: it does.")
  @Nullable Boolean autoResume;

  @Option(
      names = "--keep-snapshots",
      paramLabel = "N",
      description = "So many of its newest snapshots are kept. Default: 20.")
  @Nullable Integer keepSnapshots;

  @Option(
      names = {"-f", "--manifest"},
      paramLabel = "FILE",
      description = "What must be in place before a run: YAML or JSON, see docs/MANIFEST.md.")
  @Nullable Path manifest;

  SessionSpec spec() {
    var spec = container.spec();
    if (idleTimeout != null) {
      spec.setIdleTimeout(idleTimeout);
    }
    if (retention != null) {
      spec.setRetentionTimeout(retention);
    }
    if (syncInterval != null) {
      spec.setSyncInterval(syncInterval);
    }
    if (autoResume != null) {
      spec.setAutoResume(autoResume);
    }
    if (keepSnapshots != null) {
      spec.setKeepSnapshots(keepSnapshots);
    }
    if (manifest != null) {
      spec.setManifest(ManifestFile.read(manifest));
    }
    return spec.build();
  }

  FieldMask.Builder mask() {
    var mask = container.mask();
    if (idleTimeout != null) {
      mask.addPaths("spec.idle_timeout");
    }
    if (retention != null) {
      mask.addPaths("spec.retention_timeout");
    }
    if (syncInterval != null) {
      mask.addPaths("spec.sync_interval");
    }
    if (autoResume != null) {
      mask.addPaths("spec.auto_resume");
    }
    if (keepSnapshots != null) {
      mask.addPaths("spec.keep_snapshots");
    }
    if (manifest != null) {
      mask.addPaths("spec.manifest");
    }
    return mask;
  }

  /** A span such as 90s, 10m, 2h, 7d or 0. */
  public static final class Time implements ITypeConverter<Duration> {
    private static final Pattern FORM = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)?");

    @Override
    public Duration convert(String text) {
      var parts = FORM.matcher(text);
      if (!parts.matches()) {
        throw new TypeConversionException("'" + text + "' is not a time such as 90s, 10m or 2h");
      }
      long count = Long.parseLong(parts.group(1));
      String unit = parts.group(2) == null ? "s" : parts.group(2);
      return switch (unit) {
        case "ms" -> Durations.fromMillis(count);
        case "m" -> Durations.fromMinutes(count);
        case "h" -> Durations.fromHours(count);
        case "d" -> Durations.fromDays(count);
        default -> Durations.fromSeconds(count);
      };
    }
  }
}
