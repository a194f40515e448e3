package dev.berth.controlplane.relay;

import dev.berth.common.Id.ReplicaId;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.replica.ReplicaChannels;
import dev.berth.executor.v1.RelayBetweenReplicasRequest;
import dev.berth.executor.v1.RelayBetweenReplicasResponse;
import dev.berth.executor.v1.RelayRequest;
import dev.berth.executor.v1.RelayResponse;
import dev.berth.executor.v1.ReplicaServiceGrpc;
import jakarta.inject.Singleton;

/** Passes executors' streams on to the replicas whose clients wait for them. */
@Singleton
class ReplicaRelays {

  private final ReplicaChannels channels;

  ReplicaRelays(ReplicaChannels channels) {
    this.channels = channels;
  }

  /**
   * Opens a relay at that replica; {@code first} names the command. NOT_FOUND for one that has
   * gone.
   */
  Duplex<RelayResponse, RelayRequest> open(ReplicaId replica, RelayRequest first)
      throws InterruptedException {
    var stub =
        ReplicaServiceGrpc.newStub(
                channels.to(replica).orElseThrow(() -> CommonErrors.notFound("replica", replica)))
            .withCallCredentials(channels.credentials());
    MessageStream<RelayBetweenReplicasResponse, RelayBetweenReplicasRequest> stream =
        MessageStream.open(stub::relayBetweenReplicas);
    Duplex<RelayResponse, RelayRequest> relay =
        stream.map(RelayBetweenReplicasResponse::getMessage, ReplicaRelays::request);
    relay.write(first);
    return relay;
  }

  private static RelayBetweenReplicasRequest request(RelayRequest message) {
    return RelayBetweenReplicasRequest.newBuilder().setMessage(message).build();
  }

  static RelayBetweenReplicasResponse response(RelayResponse message) {
    return RelayBetweenReplicasResponse.newBuilder().setMessage(message).build();
  }
}
