package dev.berth.controlplane.artifact;

import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.CommonProtoMapper;
import dev.berth.format.layer.WorkspacePath;
import dev.berth.v1.Artifact.Kind;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Artifacts as the API shows them. */
final class ArtifactProtoMapper {
  private ArtifactProtoMapper() {}

  static dev.berth.v1.Artifact artifact(Artifact artifact) {
    var message =
        dev.berth.v1.Artifact.newBuilder()
            .setId(artifact.id().toString())
            .setProjectId(artifact.projectId().toString())
            .setSessionId(artifact.sessionId().toString())
            .setKind(Kind.valueOf("KIND_" + artifact.kind().name()))
            .setPath(artifact.path())
            .setContentType(artifact.contentType())
            .setSizeBytes(artifact.sizeBytes())
            .setSha256(Objects.requireNonNullElse(artifact.sha256(), ""))
            .putAllLabels(artifact.labels())
            .setCreateTime(CommonProtoMapper.timestamp(artifact.createTime()))
            .setCreatedBy(CommonProtoMapper.actor(artifact.createdBy()));
    if (artifact.runId() != null) {
      message.setRunId(artifact.runId().toString());
    }
    if (artifact.attemptId() != null) {
      message.setAttemptId(artifact.attemptId().toString());
    }
    if (artifact.expireTime() != null) {
      message.setExpireTime(CommonProtoMapper.timestamp(artifact.expireTime()));
    }
    return message.build();
  }

  /** Null for any. */
  static @Nullable ArtifactKind kind(Kind kind) {
    return switch (kind) {
      case KIND_FILE -> ArtifactKind.FILE;
      case KIND_EVENT_PAYLOAD -> ArtifactKind.EVENT_PAYLOAD;
      case KIND_UNSPECIFIED -> null;
      case UNRECOGNIZED -> throw CommonErrors.fieldInvalid("kind", "is none");
    };
  }

  /** Refuses what is no normal path below the workspace. */
  static void requirePath(String field, String path) {
    try {
      if (!WorkspacePath.relative(path).isEmpty()) {
        return;
      }
    } catch (IllegalArgumentException e) {
      // refused below
    }
    throw CommonErrors.fieldInvalid(
        field,
        "must be relative to the workspace, of components that are neither empty, '.' nor '..'");
  }
}
