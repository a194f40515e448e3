package dev.berth.controlplane.queue;

import dev.berth.common.RetryPolicy;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.CommonProtoMapper;
import dev.berth.v1.EndReason;
import dev.berth.v1.RetryPolicy.Backoff;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/** Retry policies of queues and runs between the API and the domain. */
public final class RetryRuleProtoMapper {
  private static final String FIELD = "spec.retry.";
  private static final String PREFIX = "END_REASON_";

  private RetryRuleProtoMapper() {}

  /** Applies the defaults, and refuses what makes no sense, naming the field of {@code spec}. */
  public static RetryRule rule(dev.berth.v1.RetryPolicy retry) {
    boolean fixed = retry.getBackoff() == Backoff.BACKOFF_FIXED;
    if (fixed && retry.hasMaxDelay()) {
      throw CommonErrors.fieldInvalid(FIELD + "max_delay", "goes without a fixed backoff");
    }
    RetryPolicy usual = RetryRule.USUAL;
    Duration first =
        retry.hasDelay() ? CommonProtoMapper.duration(retry.getDelay()) : usual.first();
    Duration longest =
        fixed
            ? first
            : retry.hasMaxDelay()
                ? CommonProtoMapper.duration(retry.getMaxDelay())
                : first.compareTo(usual.longest()) > 0 ? first : usual.longest();
    if (longest.compareTo(first) < 0) {
      throw CommonErrors.fieldInvalid(FIELD + "max_delay", "is shorter than the delay");
    }
    return new RetryRule(new RetryPolicy(first, longest), reasons(retry));
  }

  private static Set<String> reasons(dev.berth.v1.RetryPolicy retry) {
    Set<String> reasons = new HashSet<>();
    for (int i = 0; i < retry.getReasonsCount(); i++) {
      String reason = retry.getReasons(i).name().substring(PREFIX.length());
      if (!RetryRule.POSSIBLE.contains(reason)) {
        throw CommonErrors.fieldInvalid(
            FIELD + "reasons[" + i + "]", "names no end after which an attempt can follow");
      }
      reasons.add(reason);
    }
    return reasons.isEmpty() ? RetryRule.LOSSES : reasons;
  }

  public static dev.berth.v1.RetryPolicy retry(RetryRule rule) {
    RetryPolicy backoff = rule.backoff();
    boolean fixed = backoff.first().equals(backoff.longest());
    var proto =
        dev.berth.v1.RetryPolicy.newBuilder()
            .setBackoff(fixed ? Backoff.BACKOFF_FIXED : Backoff.BACKOFF_EXPONENTIAL)
            .setDelay(CommonProtoMapper.duration(backoff.first()));
    if (!fixed) {
      proto.setMaxDelay(CommonProtoMapper.duration(backoff.longest()));
    }
    rule.reasons().stream()
        .map(reason -> EndReason.valueOf(PREFIX + reason))
        .sorted()
        .forEach(proto::addReasons);
    return proto.build();
  }
}
