package dev.berth.controlplane.session;

import dev.berth.controlplane.manifest.ManifestProtoMapper;
import dev.berth.controlplane.manifest.RuntimeManifest;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.CommonProtoMapper;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.v1.DesiredSessionState;
import dev.berth.v1.Lineage;
import dev.berth.v1.NetworkMode;
import dev.berth.v1.Origin;
import dev.berth.v1.Resources;
import java.util.List;
import java.util.Objects;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Between sessions and their messages. Defaults of the spec are applied here. */
public final class SessionProtoMapper {
  private SessionProtoMapper() {}

  /** The spec with its defaults, without its manifest. */
  public static SessionSpec spec(dev.berth.v1.SessionSpec spec, SessionSpec.Defaults defaults) {
    return new SessionSpec(
        spec.getImage().isEmpty() ? defaults.image() : spec.getImage(),
        limits(spec.getResources(), spec.getNetwork()),
        spec.getPlacementLabelsMap(),
        spec.getRequiredHardeningMap(),
        rules(spec, defaults.rules()),
        RuntimeManifest.EMPTY);
  }

  private static SessionSpec.Rules rules(
      dev.berth.v1.SessionSpec spec, SessionSpec.Rules defaults) {
    return new SessionSpec.Rules(
        spec.hasIdleTimeout()
            ? CommonProtoMapper.duration(spec.getIdleTimeout())
            : defaults.idleTimeout(),
        spec.hasRetentionTimeout()
            ? CommonProtoMapper.duration(spec.getRetentionTimeout())
            : defaults.retentionTimeout(),
        spec.hasSyncInterval()
            ? CommonProtoMapper.duration(spec.getSyncInterval())
            : defaults.syncInterval(),
        spec.hasAutoResume() ? spec.getAutoResume() : defaults.autoResume(),
        spec.hasKeepSnapshots() ? spec.getKeepSnapshots() : defaults.keepSnapshots());
  }

  public static NetworkMode network(SessionSpec.Limits limits) {
    return NetworkMode.valueOf("NETWORK_MODE_" + limits.network());
  }

  private static SessionSpec.Limits limits(Resources resources, NetworkMode network) {
    String mode =
        switch (network) {
          case NETWORK_MODE_NONE, NETWORK_MODE_UNSPECIFIED -> SessionSpec.Limits.NO_NETWORK;
          case NETWORK_MODE_GATEWAY -> SessionSpec.Limits.GATEWAY;
          case UNRECOGNIZED ->
              throw CommonErrors.fieldInvalid("spec.network", "is no network mode");
        };
    return new SessionSpec.Limits(
        resources.getCpuMillis() == 0
            ? SessionSpec.Limits.DEFAULT_CPU_MILLIS
            : resources.getCpuMillis(),
        resources.getMemoryBytes() == 0
            ? SessionSpec.Limits.DEFAULT_MEMORY_BYTES
            : resources.getMemoryBytes(),
        resources.getDiskBytes() == 0
            ? SessionSpec.Limits.DEFAULT_DISK_BYTES
            : resources.getDiskBytes(),
        resources.getPids() == 0 ? SessionSpec.Limits.DEFAULT_PIDS : resources.getPids(),
        mode);
  }

  /** {@code old} with the fields named by the paths taken from {@code given}. */
  static SessionChange merge(SessionChange old, SessionChange given, List<String> paths) {
    SessionChange merged = old;
    for (String path : paths) {
      merged = field(path).take(merged, given);
    }
    return merged;
  }

  private interface Take {
    SessionChange take(SessionChange old, SessionChange given);
  }

  private static Take field(String path) {
    return switch (path) {
      case "name" -> (old, given) -> new SessionChange(given.name(), old.labels(), old.spec());
      case "labels" -> (old, given) -> new SessionChange(old.name(), given.labels(), old.spec());
      case "spec.image" -> spec((old, given) -> old.withImage(given.image()));
      case "spec.resources" -> spec((old, given) -> old.withResources(given.limits()));
      case "spec.network" -> spec((old, given) -> old.withNetwork(given.limits().network()));
      case "spec.placement_labels" ->
          spec((old, given) -> old.withPlacementLabels(given.placementLabels()));
      case "spec.idle_timeout" -> rules((old, given) -> old.withIdleTimeout(given.idleTimeout()));
      case "spec.retention_timeout" ->
          rules((old, given) -> old.withRetentionTimeout(given.retentionTimeout()));
      case "spec.sync_interval" ->
          rules((old, given) -> old.withSyncInterval(given.syncInterval()));
      case "spec.auto_resume" -> rules((old, given) -> old.withAutoResume(given.autoResume()));
      case "spec.keep_snapshots" ->
          rules((old, given) -> old.withKeepSnapshots(given.keepSnapshots()));
      case "spec.required_hardening" ->
          spec((old, given) -> old.withRequiredHardening(given.requiredHardening()));
      case "spec.manifest" -> spec((old, given) -> old.withManifest(given.manifest()));
      default ->
          throw CommonErrors.fieldInvalid(
              "update_mask", "names no field that can be changed: " + path);
    };
  }

  private interface TakeSpec {
    SessionSpec take(SessionSpec old, SessionSpec given);
  }

  private static Take spec(TakeSpec take) {
    return (old, given) ->
        new SessionChange(old.name(), old.labels(), take.take(old.spec(), given.spec()));
  }

  private static Take rules(BinaryOperator<SessionSpec.Rules> take) {
    return spec((old, given) -> old.withRules(take.apply(old.rules(), given.rules())));
  }

  static SessionState state(dev.berth.v1.SessionState state) {
    return switch (state) {
      case SESSION_STATE_STOPPED -> SessionState.STOPPED;
      case SESSION_STATE_ACTIVATING -> SessionState.ACTIVATING;
      case SESSION_STATE_ACTIVE -> SessionState.ACTIVE;
      case SESSION_STATE_STOPPING -> SessionState.STOPPING;
      case SESSION_STATE_DELETING -> SessionState.DELETING;
      case SESSION_STATE_DELETED -> SessionState.DELETED;
      case SESSION_STATE_UNSPECIFIED, UNRECOGNIZED ->
          throw CommonErrors.fieldInvalid("states", "holds no state");
    };
  }

  private static dev.berth.v1.SessionState state(SessionState state) {
    return switch (state) {
      case STOPPED -> dev.berth.v1.SessionState.SESSION_STATE_STOPPED;
      case ACTIVATING -> dev.berth.v1.SessionState.SESSION_STATE_ACTIVATING;
      case ACTIVE -> dev.berth.v1.SessionState.SESSION_STATE_ACTIVE;
      case STOPPING -> dev.berth.v1.SessionState.SESSION_STATE_STOPPING;
      case DELETING -> dev.berth.v1.SessionState.SESSION_STATE_DELETING;
      case DELETED -> dev.berth.v1.SessionState.SESSION_STATE_DELETED;
    };
  }

  private static DesiredSessionState desired(DesiredState desired) {
    return switch (desired) {
      case ACTIVE -> DesiredSessionState.DESIRED_SESSION_STATE_ACTIVE;
      case STOPPED -> DesiredSessionState.DESIRED_SESSION_STATE_STOPPED;
      case DELETED -> DesiredSessionState.DESIRED_SESSION_STATE_DELETED;
    };
  }

  /** For a list: without the manifest. */
  static dev.berth.v1.Session summary(SessionView view) {
    var message = session(view).toBuilder();
    message.getSpecBuilder().clearManifest();
    return message.build();
  }

  static dev.berth.v1.Session session(SessionView view) {
    Session session = view.session();
    return dev.berth.v1.Session.newBuilder()
        .setId(session.id().toString())
        .setProjectId(session.projectId().toString())
        .setName(Objects.requireNonNullElse(session.name(), ""))
        .putAllLabels(session.labels())
        .setEtag(Fields.etag(session.version()))
        .setCreateTime(CommonProtoMapper.timestamp(session.createTime()))
        .setUpdateTime(CommonProtoMapper.timestamp(session.updateTime()))
        .setCreatedBy(CommonProtoMapper.actor(session.createdBy()))
        .setLineage(lineage(session.lineage()))
        .setSpec(spec(session.spec()))
        .setDesired(desired(session.wish().desired()))
        .setState(state(session.status().state()))
        .setStateReason(session.status().reason())
        .setStateMessage(session.status().message())
        .setGeneration(session.wish().generation())
        .setObservedGeneration(session.status().observedGeneration())
        .setWorkerGeneration(session.activation().workerGeneration())
        .setHeadSnapshotId(text(session.headSnapshotId(), Object::toString))
        .setUnsavedWork(view.unsavedWork())
        .setSyncFailures(view.syncFailures())
        .setSyncError(view.syncError())
        .setLastActivityTime(CommonProtoMapper.timestamp(session.activity().lastTime()))
        .setWorkerId(text(view.workerId(), Object::toString))
        .build();
  }

  private static Lineage lineage(Session.Lineage lineage) {
    return Lineage.newBuilder()
        .setParentId(text(lineage.parentId(), Object::toString))
        .setRootId(lineage.rootId().toString())
        .setDepth(lineage.depth())
        .setOrigin(Origin.newBuilder().setKind(lineage.originKind()).setId(lineage.originId()))
        .setCorrelationId(lineage.correlationId())
        .setTraceId(lineage.traceId())
        .build();
  }

  private static dev.berth.v1.SessionSpec spec(SessionSpec spec) {
    var message = dev.berth.v1.SessionSpec.newBuilder();
    if (!spec.manifest().isEmpty()) {
      message.setManifest(ManifestProtoMapper.message(spec.manifest()));
    }
    return message
        .setImage(spec.image())
        .setResources(
            Resources.newBuilder()
                .setCpuMillis(spec.limits().cpuMillis())
                .setMemoryBytes(spec.limits().memoryBytes())
                .setDiskBytes(spec.limits().diskBytes())
                .setPids(spec.limits().pids()))
        .setNetwork(network(spec.limits()))
        .putAllPlacementLabels(spec.placementLabels())
        .setIdleTimeout(CommonProtoMapper.duration(spec.rules().idleTimeout()))
        .setRetentionTimeout(CommonProtoMapper.duration(spec.rules().retentionTimeout()))
        .putAllRequiredHardening(spec.requiredHardening())
        .setAutoResume(spec.rules().autoResume())
        .setKeepSnapshots(spec.rules().keepSnapshots())
        .setSyncInterval(CommonProtoMapper.duration(spec.rules().syncInterval()))
        .build();
  }

  private static <T> String text(@Nullable T id, Function<T, String> text) {
    return id == null ? "" : text.apply(id);
  }
}
