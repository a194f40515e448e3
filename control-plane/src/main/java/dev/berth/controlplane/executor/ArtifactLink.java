package dev.berth.controlplane.executor;

import dev.berth.common.Id.ExecutorId;
import dev.berth.executor.v1.CommitArtifactRequest;
import dev.berth.executor.v1.CommitArtifactResponse;
import dev.berth.executor.v1.CreateArtifactUploadRequest;
import dev.berth.executor.v1.CreateArtifactUploadResponse;

/**
 * What an executor keeps of the files that runs name. Called outside of a transaction; may block.
 */
public interface ArtifactLink {

  CreateArtifactUploadResponse createUpload(
      ExecutorId executor, CreateArtifactUploadRequest request);

  CommitArtifactResponse commit(ExecutorId executor, CommitArtifactRequest request);
}
