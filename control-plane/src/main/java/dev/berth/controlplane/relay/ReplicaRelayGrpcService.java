package dev.berth.controlplane.relay;

import dev.berth.common.Id.CommandId;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.executor.v1.RelayBetweenReplicasRequest;
import dev.berth.executor.v1.RelayBetweenReplicasResponse;
import dev.berth.executor.v1.RelayRequest;
import dev.berth.executor.v1.RelayResponse;
import dev.berth.executor.v1.ReplicaServiceGrpc;
import io.grpc.stub.StreamObserver;
import io.micronaut.scheduling.TaskExecutors;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.concurrent.ExecutorService;

/** Takes streams that executors opened at other replicas, for clients of this one. */
@Singleton
final class ReplicaRelayGrpcService extends ReplicaServiceGrpc.ReplicaServiceImplBase {

  private final RelayRegistry registry;
  private final ExecutorService threads;

  ReplicaRelayGrpcService(
      RelayRegistry registry, @Named(TaskExecutors.VIRTUAL) ExecutorService threads) {
    this.registry = registry;
    this.threads = threads;
  }

  @Override
  public StreamObserver<RelayBetweenReplicasRequest> relayBetweenReplicas(
      StreamObserver<RelayBetweenReplicasResponse> responses) {
    MessageStream<RelayBetweenReplicasRequest, RelayBetweenReplicasResponse> stream =
        MessageStream.accept(responses);
    threads.execute(() -> {
      try {
        hand(stream.map(RelayBetweenReplicasRequest::getMessage, ReplicaRelays::response));
      } catch (RuntimeException e) {
        stream.fail(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        stream.fail(CommonErrors.draining());
      }
    });
    return stream.inbound();
  }

  private void hand(Duplex<RelayRequest, RelayResponse> stream) throws InterruptedException {
    CommandId command =
        RelayErrors.command(stream.read().orElseGet(RelayRequest::getDefaultInstance));
    if (!registry.offer(command, stream)) {
      throw CommonErrors.notFound("command", command);
    }
  }
}
