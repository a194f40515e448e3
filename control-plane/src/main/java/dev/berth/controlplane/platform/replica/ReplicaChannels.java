package dev.berth.controlplane.platform.replica;

import dev.berth.common.Channels;
import dev.berth.common.Id.ReplicaId;
import dev.berth.controlplane.platform.config.ListenerConfig;
import io.grpc.CallCredentials;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Ways to the executor listeners of other replicas, kept open. Give each call {@link #credentials}.
 * With TLS, the certificate of our own executor listener is what we trust: replicas share it, or
 * its authority.
 */
@Singleton
public final class ReplicaChannels {
  private final ReplicaRepository repository;
  private final Installation installation;
  private final Channels.Tls tls;
  private final Map<String, ManagedChannel> channels = new ConcurrentHashMap<>();

  ReplicaChannels(
      ReplicaRepository repository,
      Installation installation,
      @Named(ListenerConfig.EXECUTOR) ListenerConfig listener) {
    this.repository = repository;
    this.installation = installation;
    this.tls =
        listener.tlsCertificate() == null
            ? Channels.Tls.NONE
            : new Channels.Tls(true, Path.of(listener.tlsCertificate()));
  }

  /** The channel to that replica; empty where it has no row (any more). Do not shut it down. */
  public Optional<Channel> to(ReplicaId replica) {
    return repository
        .privateAddress(replica)
        .map(address -> channels.computeIfAbsent(address, a -> Channels.open(a, tls)));
  }

  public CallCredentials credentials() {
    return Channels.bearer(installation.replicaSecret());
  }

  @PreDestroy
  void close() {
    channels.values().forEach(ManagedChannel::shutdownNow);
  }
}
