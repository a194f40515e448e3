package dev.berth.controlplane.artifact;

import dev.berth.common.Id.ArtifactId;
import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.RunId;
import dev.berth.controlplane.artifact.AttemptArtifacts.Announced;
import dev.berth.controlplane.executor.ArtifactLink;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.executor.v1.CommitArtifactRequest;
import dev.berth.executor.v1.CommitArtifactResponse;
import dev.berth.executor.v1.CreateArtifactUploadRequest;
import dev.berth.executor.v1.CreateArtifactUploadResponse;
import jakarta.inject.Singleton;

/** Serves what executors say of the files that runs name. */
@Singleton
final class ExecutorArtifactLink implements ArtifactLink {
  private final AttemptArtifacts artifacts;

  ExecutorArtifactLink(AttemptArtifacts artifacts) {
    this.artifacts = artifacts;
  }

  @Override
  public CreateArtifactUploadResponse createUpload(
      ExecutorId executor, CreateArtifactUploadRequest request) {
    ArtifactProtoMapper.requirePath("path", request.getPath());
    Announced announced =
        artifacts.announce(
            executor,
            Fields.id("run_id", request.getRunId(), RunId::parse),
            Fields.id("attempt_id", request.getAttemptId(), AttemptId::parse),
            new AttemptArtifacts.File(request.getPath(), request.getSize(), request.getSha256()));
    var response =
        CreateArtifactUploadResponse.newBuilder().setArtifactId(announced.id().toString());
    if (announced.upload() != null) {
      response
          .setUrl(announced.upload().url().toString())
          .putAllHeaders(announced.upload().headers());
    }
    return response.build();
  }

  @Override
  public CommitArtifactResponse commit(ExecutorId executor, CommitArtifactRequest request) {
    artifacts.commit(
        executor, Fields.id("artifact_id", request.getArtifactId(), ArtifactId::parse));
    return CommitArtifactResponse.getDefaultInstance();
  }
}
