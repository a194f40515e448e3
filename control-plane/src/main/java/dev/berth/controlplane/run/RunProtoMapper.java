package dev.berth.controlplane.run;

import static dev.berth.controlplane.platform.grpc.CommonProtoMapper.timestamp;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.berth.common.Id;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.CommonProtoMapper;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.provider.AgentProtoMapper;
import dev.berth.controlplane.provider.AgentSpec;
import dev.berth.format.layer.PathGlob;
import dev.berth.v1.Actor;
import dev.berth.v1.Lineage;
import dev.berth.v1.Origin;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runs between the API and the domain. */
final class RunProtoMapper {
  static final String WORKSPACE = "/workspace";
  private static final java.time.Duration DEFAULT_TIMEOUT = java.time.Duration.ofHours(1);
  private static final java.time.Duration DEFAULT_GRACE = java.time.Duration.ofSeconds(10);
  private static final int MAX_COMMAND_BYTES = 128 << 10;

  private RunProtoMapper() {}

  /** Applies the defaults, and refuses what no executor could run, naming the field. */
  static RunSpec resolve(dev.berth.v1.RunSpec spec) {
    String provider = spec.getProvider().isEmpty() ? RunSpec.EXEC : spec.getProvider();
    AgentSpec agent = agent(provider, spec);
    return new RunSpec(
        provider,
        command(provider, spec.getCommandList()),
        environment(spec),
        workingDirectory(spec.getWorkingDirectory()),
        spec.getInput().toByteArray(),
        spec.getInteractive(),
        spec.hasTimeout() ? duration(spec.getTimeout()) : DEFAULT_TIMEOUT,
        spec.hasGrace() ? duration(spec.getGrace()) : DEFAULT_GRACE,
        Math.max(1, spec.getMaxAttempts()),
        artifacts(spec),
        order(spec),
        RetryProtoMapper.retry(spec.getRetry()),
        new RunSpec.Deadlines(
            spec.hasStartBy() ? RetryProtoMapper.time("spec.start_by", spec.getStartBy()) : null,
            spec.hasFinishBy()
                ? RetryProtoMapper.time("spec.finish_by", spec.getFinishBy())
                : null),
        spec.hasRetention() ? duration(spec.getRetention()) : null,
        RunSecretProtoMapper.uses(spec),
        agent);
  }

  /** An agent's program and its input are the provider's. */
  private static @Nullable AgentSpec agent(String provider, dev.berth.v1.RunSpec spec) {
    if (!spec.hasAgent()) {
      return null;
    }
    if (provider.equals(RunSpec.EXEC)) {
      throw CommonErrors.fieldInvalid("spec.agent", "does not go with the provider exec");
    }
    requireUnset("command", spec.getCommandCount() == 0);
    requireUnset("input", spec.getInput().isEmpty());
    requireUnset("interactive", !spec.getInteractive());
    return AgentProtoMapper.spec(spec.getAgent());
  }

  private static void requireUnset(String field, boolean unset) {
    if (!unset) {
      throw CommonErrors.fieldInvalid("spec." + field, "does not go with spec.agent");
    }
  }

  /** Each path as a normal glob relative to the workspace. */
  private static RunSpec.Artifacts artifacts(dev.berth.v1.RunSpec spec) {
    List<String> paths = new ArrayList<>();
    for (int i = 0; i < spec.getArtifactsCount(); i++) {
      String path = spec.getArtifacts(i);
      String relative =
          path.startsWith(WORKSPACE + "/") ? path.substring(WORKSPACE.length() + 1) : path;
      try {
        paths.add(
            PathGlob.of(WORKSPACE + "/" + relative).toString().substring(WORKSPACE.length() + 1));
      } catch (IllegalArgumentException e) {
        throw CommonErrors.fieldInvalid(
            "spec.artifacts[" + i + "]",
            "must be a path of the workspace, of components that are neither empty, '.' nor '..'");
      }
    }
    return new RunSpec.Artifacts(
        paths, spec.hasArtifactRetention() ? duration(spec.getArtifactRetention()) : null);
  }

  private static RunSpec.Order order(dev.berth.v1.RunSpec spec) {
    if (spec.hasNotBefore() && spec.hasDelay()) {
      throw CommonErrors.fieldInvalid("spec.delay", "goes without not_before");
    }
    return new RunSpec.Order(
        spec.getPriority(),
        spec.hasNotBefore() ? notBefore(spec.getNotBefore()) : null,
        spec.hasDelay() ? duration(spec.getDelay()) : null);
  }

  private static Instant notBefore(Timestamp time) {
    if (!Timestamps.isValid(time)) {
      throw CommonErrors.fieldInvalid("spec.not_before", "is no time of the years 1 to 9999");
    }
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
  }

  private static List<String> command(String provider, List<String> command) {
    if (provider.equals(RunSpec.EXEC) && (command.isEmpty() || command.getFirst().isEmpty())) {
      throw CommonErrors.fieldInvalid("spec.command", "names the program to run and is empty");
    }
    long bytes = 0;
    for (int i = 0; i < command.size(); i++) {
      Fields.requireNoNul("spec.command[" + i + "]", command.get(i));
      bytes += ByteString.copyFromUtf8(command.get(i)).size() + 1L;
    }
    if (bytes > MAX_COMMAND_BYTES) {
      throw CommonErrors.fieldInvalid("spec.command", "is longer than 128 KiB in all");
    }
    return command;
  }

  private static Map<String, String> environment(dev.berth.v1.RunSpec spec) {
    spec.getEnvironmentMap()
        .forEach((name, value) -> Fields.requireNoNul("spec.environment[\"" + name + "\"]", value));
    return spec.getEnvironmentMap();
  }

  private static String workingDirectory(String path) {
    if (path.isEmpty()) {
      return WORKSPACE;
    }
    Fields.requireNoNul("spec.working_directory", path);
    boolean under = path.equals(WORKSPACE) || path.startsWith(WORKSPACE + "/");
    boolean normal = true;
    for (String component : path.substring(1).split("/", -1)) {
      normal &= !component.isEmpty() && !component.equals(".") && !component.equals("..");
    }
    if (!under || !normal) {
      throw CommonErrors.fieldInvalid(
          "spec.working_directory",
          "must be absolute, under /workspace, without empty, `.` or `..` components");
    }
    return path;
  }

  /** The run, with why it waits where it does. */
  static dev.berth.v1.Run run(RunView view) {
    Run run = view.run();
    dev.berth.v1.Run.Builder proto =
        dev.berth.v1.Run.newBuilder()
            .setId(run.id().toString())
            .setProjectId(run.projectId().toString())
            .putAllLabels(run.labels())
            .setEtag(Long.toString(run.version()))
            .setCreateTime(timestamp(run.createTime()))
            .setUpdateTime(timestamp(run.updateTime()))
            .setCreatedBy(CommonProtoMapper.actor(run.createdBy()))
            .setLineage(lineage(run.lineage()))
            .setSessionId(text(run.sessionId()))
            .setQueueId(run.queueId().toString())
            .setSpec(spec(run.spec()))
            .setState(dev.berth.v1.RunState.valueOf("RUN_STATE_" + run.state().name()))
            .setAttempt(run.attempts())
            .setLastSeq(run.lastSeq())
            .setThrowawaySession(run.throwawaySession())
            .setConversationId(text(run.conversationId()));
    if (run.name() != null) {
      proto.setName(run.name());
    }
    attempt(run.attempt(), proto);
    times(run.times(), proto);
    if (run.redrive().of() != null) {
      proto.setRedriveOf(run.redrive().of().toString());
    }
    if (run.redrive().as() != null) {
      proto.setRedrivenAs(run.redrive().as().toString());
    }
    if (run.end() != null) {
      proto.setEnd(end(run.end()));
    }
    if (view.pending() != null) {
      proto
          .setPendingReason(
              dev.berth.v1.PendingReason.valueOf(
                  "PENDING_REASON_" + view.pending().reason().name()))
          .setPendingMessage(view.pending().message());
    }
    return proto.build();
  }

  private static void attempt(Run.@Nullable Attempt attempt, dev.berth.v1.Run.Builder proto) {
    if (attempt != null) {
      proto
          .setAttemptId(attempt.id().toString())
          .setWorkerId(text(attempt.workerId()))
          .setExecutorId(attempt.executorId().toString())
          .setImageDigest(attempt.imageDigest());
    }
  }

  private static void times(Run.Times times, dev.berth.v1.Run.Builder proto) {
    if (times.start() != null) {
      proto.setStartTime(timestamp(times.start()));
    }
    if (times.end() != null) {
      proto.setEndTime(timestamp(times.end()));
    }
    if (times.cancelRequested() != null) {
      proto.setCancelRequestTime(timestamp(times.cancelRequested()));
    }
    if (times.deadLettered() != null) {
      proto.setDeadLetterTime(timestamp(times.deadLettered()));
    }
  }

  private static dev.berth.v1.RunSpec spec(RunSpec spec) {
    var proto =
        dev.berth.v1.RunSpec.newBuilder()
            .setProvider(spec.provider())
            .addAllCommand(spec.command())
            .putAllEnvironment(spec.environment())
            .setWorkingDirectory(spec.workingDirectory())
            .setInput(ByteString.copyFrom(spec.input()))
            .setInteractive(spec.interactive())
            .setTimeout(CommonProtoMapper.duration(spec.timeout()))
            .setGrace(CommonProtoMapper.duration(spec.grace()))
            .setMaxAttempts(spec.maxAttempts())
            .addAllArtifacts(spec.artifacts().paths())
            .setPriority(spec.order().priority())
            .addAllSecrets(RunSecretProtoMapper.messages(spec.secrets()))
            .setRetry(RetryProtoMapper.retry(spec.retry()));
    Instant notBefore = spec.order().notBefore();
    if (notBefore != null) {
      proto.setNotBefore(timestamp(notBefore));
    }
    if (spec.deadlines().startBy() != null) {
      proto.setStartBy(timestamp(spec.deadlines().startBy()));
    }
    if (spec.deadlines().finishBy() != null) {
      proto.setFinishBy(timestamp(spec.deadlines().finishBy()));
    }
    java.time.Duration retention = spec.artifacts().retention();
    if (retention != null) {
      proto.setArtifactRetention(CommonProtoMapper.duration(retention));
    }
    if (spec.retention() != null) {
      proto.setRetention(CommonProtoMapper.duration(spec.retention()));
    }
    if (spec.agent() != null) {
      proto.setAgent(AgentProtoMapper.spec(spec.agent()));
    }
    return proto.build();
  }

  static RunState state(dev.berth.v1.RunState state) {
    if (state == dev.berth.v1.RunState.RUN_STATE_UNSPECIFIED
        || state == dev.berth.v1.RunState.UNRECOGNIZED) {
      throw CommonErrors.fieldInvalid("states", "names no state");
    }
    return RunState.valueOf(state.name().substring("RUN_STATE_".length()));
  }

  static dev.berth.v1.RunAttempt attempt(RunAttempt attempt) {
    dev.berth.v1.RunAttempt.Builder proto =
        dev.berth.v1.RunAttempt.newBuilder()
            .setId(attempt.id().toString())
            .setNumber(attempt.number())
            .setExecutorId(attempt.executorId().toString())
            .setWorkerId(text(attempt.workerId()))
            .setStartTime(timestamp(attempt.startTime()));
    if (attempt.endTime() != null) {
      proto.setEndTime(timestamp(attempt.endTime()));
    }
    if (attempt.end() != null) {
      proto.setEnd(end(attempt.end()));
    }
    return proto.build();
  }

  static dev.berth.v1.ExplainRunResponse.Sentence sentence(RunStory.Sentence sentence) {
    var proto = dev.berth.v1.ExplainRunResponse.Sentence.newBuilder().setText(sentence.text());
    if (sentence.time() != null) {
      proto.setTime(timestamp(sentence.time()));
    }
    return proto.build();
  }

  static dev.berth.v1.RunEnd end(RunEnd end) {
    dev.berth.v1.RunEnd.Builder proto =
        dev.berth.v1.RunEnd.newBuilder()
            .setReason(dev.berth.v1.EndReason.valueOf("END_REASON_" + end.reason().name()))
            .setMessage(end.message())
            .setSignal(end.signal());
    if (end.exitCode() != null) {
      proto.setExitCode(end.exitCode());
    }
    return proto.build();
  }

  private static Lineage lineage(Run.Lineage lineage) {
    return Lineage.newBuilder()
        .setParentId(text(lineage.parentId()))
        .setRootId(lineage.rootId().toString())
        .setDepth(lineage.depth())
        .setOrigin(Origin.newBuilder().setKind(lineage.originKind()).setId(lineage.originId()))
        .setCorrelationId(lineage.correlationId())
        .setTraceId(lineage.traceId())
        .build();
  }

  /** Empty for none. */
  static String text(@Nullable Id id) {
    return id == null ? "" : id.toString();
  }

  static Actor actor(String kind, String id) {
    return Actor.newBuilder().setKind(Actor.Kind.valueOf("KIND_" + kind)).setId(id).build();
  }

  static java.time.Duration duration(Duration duration) {
    return java.time.Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
  }
}
