package dev.berth.controlplane.artifact;

import dev.berth.common.Id.ArtifactId;
import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.auth.Actor;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An artifact's row.
 *
 * @param runId null, as {@code attemptId}, where a client made it
 * @param path relative to the workspace; empty for a payload
 * @param sha256 set where it is READY
 * @param expireTime null: it goes with its session
 */
public record Artifact(
    ArtifactId id,
    ProjectId projectId,
    SessionId sessionId,
    @Nullable RunId runId,
    @Nullable AttemptId attemptId,
    Instant createTime,
    Actor createdBy,
    Map<String, String> labels,
    ArtifactKind kind,
    ArtifactState state,
    String path,
    String contentType,
    String objectKey,
    long sizeBytes,
    @Nullable String sha256,
    @Nullable Instant expireTime) {

  static final long MAX_BYTES = 1L << 30;

  /** Of the files of one attempt. */
  static final int MAX_FILES = 100;

  static final long MAX_TOTAL_BYTES = 4L << 30;

  static String objectKey(ProjectId project, ArtifactId id) {
    return project + "/artifacts/" + id;
  }

  boolean holds(String digest, long size) {
    return digest.equals(sha256) && size == sizeBytes;
  }
}
