package dev.berth.executor.link;

import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.executor.v1.CommitSnapshotRequest;
import dev.berth.executor.v1.CreateTransferUrlsRequest;
import dev.berth.executor.v1.CreateTransferUrlsResponse;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc.ExecutorLinkServiceBlockingStub;
import dev.berth.executor.v1.PackUpload;
import dev.berth.executor.workspace.CommitRequest;
import dev.berth.executor.workspace.CommitResult;
import dev.berth.executor.workspace.SnapshotTransfers;
import dev.berth.executor.workspace.WorkspaceException;
import dev.berth.executor.workspace.WorkspaceException.Reason;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/** Asks the control plane for URLs and commits, for one session and worker generation. */
final class LinkTransfers implements SnapshotTransfers {

  private final RepeatedCalls calls;
  private final SessionId session;
  private final String worker;
  private final long generation;
  private final boolean closed;
  private final BooleanSupplier quiet;

  LinkTransfers(
      ExecutorLinkServiceBlockingStub stub,
      RandomGenerator random,
      SessionId session,
      String worker,
      long generation,
      boolean closed,
      BooleanSupplier quiet) {
    this.calls = new RepeatedCalls(stub, random);
    this.session = session;
    this.worker = worker;
    this.generation = generation;
    this.closed = closed;
    this.quiet = quiet;
  }

  @Override
  public Map<PackId, Transfer> createUploads(List<ObjectToUpload> objects) throws IOException {
    var request = urls();
    for (var object : objects) {
      request.addUploads(
          PackUpload.newBuilder()
              .setPackId(object.id().toString())
              .setSha256(object.sha256().toString())
              .setSize(object.size()));
    }
    return transfers(urls(request).getUploadsList());
  }

  @Override
  public Map<PackId, Transfer> createDownloads(Set<PackId> objects) throws IOException {
    var request = urls();
    objects.forEach(object -> request.addDownloads(object.toString()));
    return transfers(urls(request).getDownloadsList());
  }

  @Override
  public CommitResult commit(CommitRequest commit) throws IOException {
    var snapshot = commit.snapshot();
    var request =
        CommitSnapshotRequest.newBuilder()
            .setSnapshotId(snapshot.id().toString())
            .setSessionId(session.toString())
            .setWorkerId(worker)
            .setGeneration(commit.generation())
            .setBaseSnapshotId(Ids.text(commit.base()))
            .setRescued(commit.rescued())
            .setReason(commit.reason())
            .setManifestPackId(snapshot.manifest().toString())
            .setManifestSha256(snapshot.manifestSha256().toString())
            .setManifestBytes(snapshot.manifestBytes())
            .setFileCount(commit.fileCount())
            .setLogicalBytes(commit.logicalBytes())
            .setStoredBytes(commit.storedBytes())
            .addAllChangedDuringSync(commit.changedDuringSync())
            .setQuiescent(commit.quiescent() && quiet.getAsBoolean())
            .setClosed(closed)
            .setDirtyVersion(commit.dirtyVersion());
    commit.packs().forEach(pack -> request.addPackIds(pack.toString()));
    try {
      return new CommitResult.Committed(call(s -> s.commitSnapshot(request.build())).getClean());
    } catch (Aborted aborted) {
      return switch (aborted.reason) {
        case "HEAD_MOVED" -> new CommitResult.HeadMoved(aborted.head());
        case "PACK_DOOMED" -> new CommitResult.PacksDoomed(Set.of());
        default -> new CommitResult.Stale();
      };
    }
  }

  private CreateTransferUrlsResponse urls(CreateTransferUrlsRequest.Builder request)
      throws IOException {
    try {
      return call(s -> s.createTransferUrls(request.build()));
    } catch (Aborted aborted) {
      if (aborted.reason.equals("PACK_DOOMED")) {
        throw new WorkspaceException(
            Reason.UNAVAILABLE, "A pack is too old to be uploaded.", aborted);
      }
      throw new WorkspaceException(Reason.STALE, "The worker's generation is over.", aborted);
    }
  }

  private CreateTransferUrlsRequest.Builder urls() {
    return CreateTransferUrlsRequest.newBuilder()
        .setSessionId(session.toString())
        .setGeneration(generation);
  }

  private static Map<PackId, Transfer> transfers(List<dev.berth.executor.v1.Transfer> messages) {
    var transfers = new HashMap<PackId, Transfer>();
    for (var message : messages) {
      transfers.put(
          PackId.parse(message.getPackId()),
          new Transfer(URI.create(message.getUrl()), message.getHeadersMap()));
    }
    return transfers;
  }

  private <T> T call(Function<ExecutorLinkServiceBlockingStub, T> call) throws IOException {
    return calls.call(call, LinkTransfers::permanent);
  }

  private static IOException permanent(StatusRuntimeException refused) {
    var reason = Refusals.reason(refused);
    return switch (refused.getStatus().getCode()) {
      case ABORTED -> new Aborted(reason, refused);
      case NOT_FOUND, DATA_LOSS ->
          new WorkspaceException(
              Reason.OBJECT_CORRUPT, "A stored snapshot is not there any more.", refused);
      case FAILED_PRECONDITION ->
          new WorkspaceException(
              Reason.UNAVAILABLE, "The store did not take what was uploaded.", refused);
      default ->
          new WorkspaceException(
              Reason.UNAVAILABLE,
              "The control plane refused a transfer: " + refused.getStatus().getCode() + ".",
              refused);
    };
  }

  /** Something newer took our place; what it was stands in the reason. */
  private static final class Aborted extends IOException {

    private static final long serialVersionUID = 1L;

    private final String reason;

    Aborted(String reason, StatusRuntimeException cause) {
      super("the control plane refused: " + reason, cause);
      this.reason = reason;
    }

    Optional<SnapshotId> head() {
      return Refusals.metadata(getCause(), "head_snapshot_id")
          .flatMap(id -> Ids.optional(id, SnapshotId::parse));
    }
  }
}
