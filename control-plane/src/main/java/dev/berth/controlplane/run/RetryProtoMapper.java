package dev.berth.controlplane.run;

import com.google.protobuf.Timestamp;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.queue.RetryRuleProtoMapper;
import java.time.Instant;

/** Retry policies and deadlines of runs between the API and the domain. */
final class RetryProtoMapper {
  /** The years that a timestamp of the API may be in; 1 to 9999. */
  private static final long FIRST_SECOND = -62_135_596_800L;

  private static final long LAST_SECOND = 253_402_300_799L;

  private RetryProtoMapper() {}

  static RunSpec.Retry retry(dev.berth.v1.RetryPolicy retry) {
    return RunSpec.Retry.of(RetryRuleProtoMapper.rule(retry));
  }

  static dev.berth.v1.RetryPolicy retry(RunSpec.Retry retry) {
    return RetryRuleProtoMapper.retry(retry.rule());
  }

  static Instant time(String field, Timestamp time) {
    if (time.getSeconds() < FIRST_SECOND || time.getSeconds() > LAST_SECOND) {
      throw CommonErrors.fieldInvalid(field, "is no time of the years 1 to 9999");
    }
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
  }
}
