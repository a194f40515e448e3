package dev.berth.controlplane.run;

import com.google.protobuf.Timestamp;
import dev.berth.common.RetryPolicy;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.CommonProtoMapper;
import dev.berth.v1.RetryPolicy.Backoff;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;

/** Retry policies and deadlines of runs between the API and the domain. */
final class RetryProtoMapper {
  /** The years that a timestamp of the API may be in; 1 to 9999. */
  private static final long FIRST_SECOND = -62_135_596_800L;

  private static final long LAST_SECOND = 253_402_300_799L;

  private RetryProtoMapper() {}

  static RunSpec.Retry retry(dev.berth.v1.RetryPolicy retry) {
    boolean fixed = retry.getBackoff() == Backoff.BACKOFF_FIXED;
    if (fixed && retry.hasMaxDelay()) {
      throw CommonErrors.fieldInvalid("spec.retry.max_delay", "goes without a fixed backoff");
    }
    RetryPolicy usual = RunSpec.Retry.BACKOFF;
    Duration first = retry.hasDelay() ? RunProtoMapper.duration(retry.getDelay()) : usual.first();
    Duration longest =
        fixed
            ? first
            : retry.hasMaxDelay()
                ? RunProtoMapper.duration(retry.getMaxDelay())
                : first.compareTo(usual.longest()) > 0 ? first : usual.longest();
    if (longest.compareTo(first) < 0) {
      throw CommonErrors.fieldInvalid("spec.retry.max_delay", "is shorter than the delay");
    }
    return new RunSpec.Retry(new RetryPolicy(first, longest), reasons(retry));
  }

  private static Set<EndReason> reasons(dev.berth.v1.RetryPolicy retry) {
    Set<EndReason> reasons = EnumSet.noneOf(EndReason.class);
    for (int i = 0; i < retry.getReasonsCount(); i++) {
      var reason = retry.getReasons(i);
      boolean said = reason != dev.berth.v1.EndReason.END_REASON_UNSPECIFIED;
      EndReason named =
          said ? EndReason.valueOf(reason.name().substring("END_REASON_".length())) : null;
      if (named == null || !named.mayBeRetried()) {
        throw CommonErrors.fieldInvalid(
            "spec.retry.reasons[" + i + "]", "names no end after which an attempt can follow");
      }
      reasons.add(named);
    }
    return reasons.isEmpty() ? EndReason.LOSSES : reasons;
  }

  static dev.berth.v1.RetryPolicy retry(RunSpec.Retry retry) {
    RetryPolicy backoff = retry.backoff();
    boolean fixed = backoff.first().equals(backoff.longest());
    var proto =
        dev.berth.v1.RetryPolicy.newBuilder()
            .setBackoff(fixed ? Backoff.BACKOFF_FIXED : Backoff.BACKOFF_EXPONENTIAL)
            .setDelay(CommonProtoMapper.duration(backoff.first()));
    if (!fixed) {
      proto.setMaxDelay(CommonProtoMapper.duration(backoff.longest()));
    }
    retry.reasons().stream()
        .map(reason -> dev.berth.v1.EndReason.valueOf("END_REASON_" + reason.name()))
        .forEach(proto::addReasons);
    return proto.build();
  }

  static Instant time(String field, Timestamp time) {
    if (time.getSeconds() < FIRST_SECOND || time.getSeconds() > LAST_SECOND) {
      throw CommonErrors.fieldInvalid(field, "is no time of the years 1 to 9999");
    }
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
  }
}
