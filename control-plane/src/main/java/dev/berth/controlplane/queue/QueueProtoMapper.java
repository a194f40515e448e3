package dev.berth.controlplane.queue;

import com.google.protobuf.util.FieldMaskUtil;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.CommonProtoMapper;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.v1.QueueKeyStats;
import dev.berth.v1.UpdateQueueRequest;
import java.util.Map;

/** Between queues and their messages. */
final class QueueProtoMapper {
  private QueueProtoMapper() {}

  /** {@code old} with the fields that the request's mask names taken from it. */
  static QueueChange merge(QueueChange old, UpdateQueueRequest request) {
    for (String path : request.getUpdateMask().getPathsList()) {
      boolean changeable = path.equals("labels") || path.equals("spec") || path.startsWith("spec.");
      if (!changeable || !FieldMaskUtil.isValid(UpdateQueueRequest.class, path)) {
        throw CommonErrors.fieldInvalid(
            "update_mask", "names no field that can be changed: " + path);
      }
    }
    UpdateQueueRequest.Builder merged =
        UpdateQueueRequest.newBuilder().putAllLabels(old.labels()).setSpec(spec(old.spec()));
    FieldMaskUtil.merge(
        request.getUpdateMask(),
        request,
        merged,
        new FieldMaskUtil.MergeOptions()
            .setReplaceMessageFields(true)
            .setReplaceRepeatedFields(true)
            .setReplacePrimitiveFields(true));
    return change(merged.getLabelsMap(), merged.getSpec());
  }

  static QueueChange change(Map<String, String> labels, dev.berth.v1.QueueSpec spec) {
    labels.forEach((key, value) -> Fields.requireNoNul("labels", key + value));
    QueueKey key = key(spec.getKey());
    boolean keyed = key.field() != QueueKey.Field.NONE;
    if (!keyed && (spec.getMaxConcurrencyPerKey() > 0 || spec.getRatePerKey().getTokens() > 0)) {
      throw CommonErrors.fieldInvalid("spec.key", "is needed for a limit of each key");
    }
    return new QueueChange(
        labels,
        new QueueSpec(
            spec.getMaxConcurrency(),
            spec.getMaxDepth(),
            key,
            spec.getMaxConcurrencyPerKey(),
            rate(spec.getRate()),
            rate(spec.getRatePerKey()),
            defaults(spec)));
  }

  private static RunDefaults defaults(dev.berth.v1.QueueSpec spec) {
    return new RunDefaults(
        spec.getMaxAttempts(),
        spec.hasRetry() ? RetryRuleProtoMapper.rule(spec.getRetry()) : null,
        spec.hasRunRetention() ? CommonProtoMapper.duration(spec.getRunRetention()) : null);
  }

  private static QueueKey key(dev.berth.v1.QueueKey key) {
    Fields.requireNoNul("spec.key.label", key.getLabel());
    QueueKey.Field field =
        switch (key.getField()) {
          case FIELD_UNSPECIFIED, UNRECOGNIZED -> QueueKey.Field.NONE;
          case FIELD_SESSION -> QueueKey.Field.SESSION;
          case FIELD_CREATOR -> QueueKey.Field.CREATOR;
          case FIELD_LABEL -> QueueKey.Field.LABEL;
        };
    if ((field == QueueKey.Field.LABEL) == key.getLabel().isEmpty()) {
      throw CommonErrors.fieldInvalid("spec.key.label", "goes with FIELD_LABEL");
    }
    return new QueueKey(field, key.getLabel());
  }

  private static RateLimit rate(dev.berth.v1.RateLimit rate) {
    return new RateLimit(
        rate.getTokens(),
        rate.hasPeriod() ? CommonProtoMapper.duration(rate.getPeriod()) : RateLimit.NONE.period());
  }

  @SuppressWarnings("deprecation") // clients of the first release read the bounds beside the spec
  static dev.berth.v1.Queue queue(Queue queue) {
    QueueSpec spec = queue.wanted().spec();
    return dev.berth.v1.Queue.newBuilder()
        .setId(queue.id().toString())
        .setProjectId(queue.projectId().toString())
        .setName(queue.name())
        .putAllLabels(queue.wanted().labels())
        .setEtag(Fields.etag(queue.version()))
        .setCreateTime(CommonProtoMapper.timestamp(queue.createTime()))
        .setUpdateTime(CommonProtoMapper.timestamp(queue.updateTime()))
        .setCreatedBy(CommonProtoMapper.actor(queue.createdBy()))
        .setMaxConcurrency(spec.maxConcurrency())
        .setMaxDepth(spec.maxDepth())
        .setSpec(spec(spec))
        .setPaused(queue.paused())
        .setWaiting(queue.waiting())
        .setActive(queue.active())
        .build();
  }

  private static dev.berth.v1.QueueSpec spec(QueueSpec spec) {
    var proto =
        dev.berth.v1.QueueSpec.newBuilder()
            .setMaxConcurrency(spec.maxConcurrency())
            .setMaxDepth(spec.maxDepth())
            .setMaxConcurrencyPerKey(spec.maxConcurrencyPerKey());
    if (spec.key().field() != QueueKey.Field.NONE) {
      proto.setKey(
          dev.berth.v1.QueueKey.newBuilder()
              .setField(dev.berth.v1.QueueKey.Field.valueOf("FIELD_" + spec.key().field().name()))
              .setLabel(spec.key().label()));
    }
    if (spec.rate().tokens() > 0) {
      proto.setRate(rate(spec.rate()));
    }
    if (spec.ratePerKey().tokens() > 0) {
      proto.setRatePerKey(rate(spec.ratePerKey()));
    }
    RunDefaults defaults = spec.defaults();
    proto.setMaxAttempts(defaults.maxAttempts());
    if (defaults.retry() != null) {
      proto.setRetry(RetryRuleProtoMapper.retry(defaults.retry()));
    }
    if (defaults.retention() != null) {
      proto.setRunRetention(CommonProtoMapper.duration(defaults.retention()));
    }
    return proto.build();
  }

  private static dev.berth.v1.RateLimit rate(RateLimit rate) {
    return dev.berth.v1.RateLimit.newBuilder()
        .setTokens(rate.tokens())
        .setPeriod(CommonProtoMapper.duration(rate.period()))
        .build();
  }

  static dev.berth.v1.QueueStats stats(QueueStats stats) {
    var proto =
        dev.berth.v1.QueueStats.newBuilder()
            .setWaiting(stats.waiting())
            .setDelayed(stats.delayed())
            .setActive(stats.active())
            .setEndedLastMinute(stats.ended())
            .setFailedLastMinute(stats.failed());
    if (stats.oldest() != null) {
      proto.setOldestWaitingTime(CommonProtoMapper.timestamp(stats.oldest()));
    }
    for (QueueStats.Key key : stats.keys()) {
      proto.addKeys(
          QueueKeyStats.newBuilder()
              .setKey(key.key())
              .setWaiting(key.waiting())
              .setActive(key.active()));
    }
    return proto.build();
  }
}
