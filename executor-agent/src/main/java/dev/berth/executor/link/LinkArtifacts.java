package dev.berth.executor.link;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import dev.berth.executor.v1.CommitArtifactRequest;
import dev.berth.executor.v1.CreateArtifactUploadRequest;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc.ExecutorLinkServiceBlockingStub;
import dev.berth.executor.workspace.ArtifactTransfers;
import dev.berth.executor.workspace.SnapshotTransfers.Transfer;
import dev.berth.executor.workspace.WorkspaceException;
import dev.berth.executor.workspace.WorkspaceException.Reason;
import dev.berth.format.Sha256;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.URI;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/** Announces and commits the files that one attempt leaves behind. */
final class LinkArtifacts implements ArtifactTransfers {

  private final RepeatedCalls calls;
  private final RunId run;
  private final AttemptId attempt;

  LinkArtifacts(RepeatedCalls calls, RunId run, AttemptId attempt) {
    this.calls = calls;
    this.run = run;
    this.attempt = attempt;
  }

  @Override
  public Announced announce(String path, long size, Sha256 sha256) throws IOException {
    var request =
        CreateArtifactUploadRequest.newBuilder()
            .setRunId(run.toString())
            .setAttemptId(attempt.toString())
            .setPath(path)
            .setSize(size)
            .setSha256(sha256.toString())
            .build();
    var answer = call(stub -> stub.createArtifactUpload(request));
    return new Announced(
        answer.getArtifactId(),
        answer.getUrl().isEmpty()
            ? Optional.empty()
            : Optional.of(new Transfer(URI.create(answer.getUrl()), answer.getHeadersMap())));
  }

  @Override
  public void commit(String artifact) throws IOException {
    var request = CommitArtifactRequest.newBuilder().setArtifactId(artifact).build();
    Objects.requireNonNull(call(stub -> stub.commitArtifact(request)));
  }

  /** A control plane that is away decides nothing, for as long as it is away. */
  private <T> T call(Function<ExecutorLinkServiceBlockingStub, T> call) throws IOException {
    try {
      return calls.call(call, LinkArtifacts::permanent);
    } catch (WorkspaceException e) {
      if (e.reason() == Reason.UNAVAILABLE
          && e.getCause() instanceof StatusRuntimeException refused
          && !Refusals.reason(refused).equals("STORE_UNAVAILABLE")) {
        throw new WorkspaceException(Reason.HOST, "The control plane does not answer.", refused);
      }
      throw e;
    }
  }

  private static WorkspaceException permanent(StatusRuntimeException refused) {
    var said = Objects.requireNonNullElse(refused.getStatus().getDescription(), "");
    return switch (Refusals.reason(refused)) {
      case "ARTIFACT_NOT_STORED" ->
          new WorkspaceException(Reason.UNAVAILABLE, "The store did not take it.", refused);
      case "ARTIFACT_LIMIT" -> new WorkspaceException(Reason.LIMIT, said, refused);
      case "ATTEMPT_STALE" ->
          new WorkspaceException(Reason.STALE, "The attempt is not the run's any more.", refused);
      default ->
          new WorkspaceException(
              Reason.PATH_INVALID,
              "The control plane refused it: " + refused.getStatus().getCode() + ".",
              refused);
    };
  }
}
