package dev.berth.controlplane.executor;

import dev.berth.common.Id.ExecutorId;
import dev.berth.executor.v1.CommitSnapshotRequest;
import dev.berth.executor.v1.CommitSnapshotResponse;
import dev.berth.executor.v1.CreateTransferUrlsRequest;
import dev.berth.executor.v1.CreateTransferUrlsResponse;

/** What an executor asks of the object store. Called outside of a transaction; may block. */
public interface SnapshotLink {

  CreateTransferUrlsResponse createTransferUrls(
      ExecutorId executor, CreateTransferUrlsRequest request);

  CommitSnapshotResponse commitSnapshot(ExecutorId executor, CommitSnapshotRequest request);
}
