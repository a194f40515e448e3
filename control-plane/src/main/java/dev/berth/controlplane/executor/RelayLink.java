package dev.berth.controlplane.executor;

import dev.berth.common.Id.ExecutorId;
import dev.berth.executor.v1.CommandResult;
import dev.berth.executor.v1.RelayRequest;
import dev.berth.executor.v1.RelayResponse;
import io.grpc.stub.StreamObserver;

/** What an executor says of commands. */
public interface RelayLink {

  /** Runs in a transaction that holds the executor's row for its link epoch. */
  void commandResult(ExecutorId executor, CommandResult result);

  /** Serves a stream of ExecutorLinkService.Relay. */
  StreamObserver<RelayRequest> relay(ExecutorId executor, StreamObserver<RelayResponse> responses);
}
