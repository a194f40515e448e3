package dev.berth.cli.queue;

import com.google.protobuf.Duration;
import com.google.protobuf.FieldMask;
import com.google.protobuf.util.Durations;
import dev.berth.cli.run.RetryOptions;
import dev.berth.cli.session.SpecOptions;
import dev.berth.v1.QueueKey;
import dev.berth.v1.QueueSpec;
import dev.berth.v1.RateLimit;
import dev.berth.v1.RetryPolicy;
import dev.berth.v1.UpdateQueueRequest;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What bounds a queue, and what its runs get, as {@code create} and {@code update} take it. */
final class QueueOptions {
  @Option(
      names = "--max-concurrency",
      paramLabel = "N",
      description = "Runs under way at once; 0 for no bound.")
  @Nullable Integer maxConcurrency;

  @Option(
      names = "--max-depth",
      paramLabel = "N",
      description = "Runs that may wait; beyond, new ones are refused. 0 for no bound.")
  @Nullable Integer maxDepth;

  @Option(
      names = "--key",
      paramLabel = "KEY",
      converter = Key.class,
      description = {
        "Have keys take turns: session, creator, label:NAME, or none.",
        "Cannot be changed while runs wait or are under way."
      })
  @Nullable QueueKey key;

  @Option(
      names = "--max-per-key",
      paramLabel = "N",
      description = "Runs of one key under way at once; 0 for no bound.")
  @Nullable Integer maxPerKey;

  @Option(
      names = "--rate",
      paramLabel = "N/TIME",
      converter = Rate.class,
      description = "Starts within any such time, as 10/1m; 0 for no bound.")
  @Nullable RateLimit rate;

  @Option(
      names = "--rate-per-key",
      paramLabel = "N/TIME",
      converter = Rate.class,
      description = "Starts of one key within any such time; 0 for no bound.")
  @Nullable RateLimit ratePerKey;

  /** For runs that say nothing of it themselves. */
  @Mixin RetryOptions retry = new RetryOptions();

  @Option(
      names = "--run-retention",
      paramLabel = "TIME",
      converter = SpecOptions.Time.class,
      description = "How long its runs are kept once they have ended; 0s for the usual, 30d.")
  @Nullable Duration runRetention;

  /** What was said, as a spec and the mask that names its fields. */
  UpdateQueueRequest.Builder said() {
    var spec = QueueSpec.newBuilder();
    var said = FieldMask.newBuilder();
    if (maxConcurrency != null) {
      spec.setMaxConcurrency(maxConcurrency);
      said.addPaths("spec.max_concurrency");
    }
    if (maxDepth != null) {
      spec.setMaxDepth(maxDepth);
      said.addPaths("spec.max_depth");
    }
    if (key != null) {
      spec.setKey(key);
      said.addPaths("spec.key");
    }
    if (maxPerKey != null) {
      spec.setMaxConcurrencyPerKey(maxPerKey);
      said.addPaths("spec.max_concurrency_per_key");
    }
    if (rate != null) {
      spec.setRate(rate);
      said.addPaths("spec.rate");
    }
    if (ratePerKey != null) {
      spec.setRatePerKey(ratePerKey);
      said.addPaths("spec.rate_per_key");
    }
    if (retry.maxAttempts() != null) {
      spec.setMaxAttempts(retry.maxAttempts());
      said.addPaths("spec.max_attempts");
    }
    RetryPolicy policy = retry.policy();
    if (policy != null) {
      spec.setRetry(policy);
      said.addPaths("spec.retry");
    }
    if (runRetention != null) {
      if (Durations.isPositive(runRetention)) {
        spec.setRunRetention(runRetention);
      }
      said.addPaths("spec.run_retention");
    }
    return UpdateQueueRequest.newBuilder().setSpec(spec).setUpdateMask(said);
  }

  static final class Key implements ITypeConverter<QueueKey> {
    private static final String LABEL = "label:";

    @Override
    public QueueKey convert(String text) {
      if (text.startsWith(LABEL) && text.length() > LABEL.length()) {
        return QueueKey.newBuilder()
            .setField(QueueKey.Field.FIELD_LABEL)
            .setLabel(text.substring(LABEL.length()))
            .build();
      }
      return switch (text.toLowerCase(Locale.ROOT)) {
        case "none" -> QueueKey.getDefaultInstance();
        case "session" -> QueueKey.newBuilder().setField(QueueKey.Field.FIELD_SESSION).build();
        case "creator" -> QueueKey.newBuilder().setField(QueueKey.Field.FIELD_CREATOR).build();
        default ->
            throw new TypeConversionException(
                "'" + text + "' is none of session, creator, label:NAME and none");
      };
    }
  }

  static final class Rate implements ITypeConverter<RateLimit> {
    private static final Pattern FORM = Pattern.compile("(\\d{1,9})/(\\w+)");

    @Override
    public RateLimit convert(String text) {
      if (text.equals("0")) {
        return RateLimit.getDefaultInstance();
      }
      var parts = FORM.matcher(text);
      if (!parts.matches()) {
        throw new TypeConversionException("'" + text + "' is not a rate such as 10/1m");
      }
      Duration period = new SpecOptions.Time().convert(parts.group(2));
      return RateLimit.newBuilder()
          .setTokens(Integer.parseInt(parts.group(1)))
          .setPeriod(period)
          .build();
    }
  }
}
