package dev.berth.cli.connection;

import dev.berth.cli.CliException;
import dev.berth.cli.ExitCode;
import dev.berth.common.BrokenConnections;
import dev.berth.common.Channels;
import dev.berth.v1.ArtifactServiceGrpc;
import dev.berth.v1.EventServiceGrpc;
import dev.berth.v1.ExecServiceGrpc;
import dev.berth.v1.ExecutorServiceGrpc;
import dev.berth.v1.PoolServiceGrpc;
import dev.berth.v1.ProjectServiceGrpc;
import dev.berth.v1.QueueServiceGrpc;
import dev.berth.v1.RunInputServiceGrpc;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.SecretServiceGrpc;
import dev.berth.v1.SeedSetServiceGrpc;
import dev.berth.v1.SessionServiceGrpc;
import dev.berth.v1.SnapshotServiceGrpc;
import dev.berth.v1.SystemServiceGrpc;
import dev.berth.v1.WorkspaceServiceGrpc;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * A channel to the control plane that carries the user's key, and the stubs on it. Calls that are
 * safe to retry are tried for about three seconds while the control plane is away.
 */
public final class Connection implements AutoCloseable {
  private final ManagedChannel transport;
  private final Channel channel;

  public Connection(Endpoint endpoint) {
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(endpoint.host(), endpoint.port())
            .intercept(new BrokenConnections())
            .defaultServiceConfig(ServiceConfig.published())
            .keepAliveTime(20, TimeUnit.SECONDS)
            .keepAliveTimeout(10, TimeUnit.SECONDS);
    this.transport = secured(builder, endpoint).build();
    this.channel =
        ClientInterceptors.intercept(
            transport,
            MetadataUtils.newAttachHeadersInterceptor(Channels.authorization(endpoint.key())));
  }

  private static NettyChannelBuilder secured(NettyChannelBuilder builder, Endpoint endpoint) {
    if (!endpoint.tls()) {
      return builder.usePlaintext();
    }
    if (endpoint.ca().isEmpty()) {
      return builder.useTransportSecurity();
    }
    try {
      return builder.sslContext(
          GrpcSslContexts.forClient().trustManager(endpoint.ca().get().toFile()).build());
    } catch (IOException | IllegalArgumentException e) {
      throw new CliException(
          ExitCode.USAGE,
          endpoint.ca().get() + " holds no readable certificate.",
          "Give --ca a file of PEM certificates.");
    }
  }

  public SystemServiceGrpc.SystemServiceBlockingStub system() {
    return SystemServiceGrpc.newBlockingStub(channel);
  }

  public ProjectServiceGrpc.ProjectServiceBlockingStub projects() {
    return ProjectServiceGrpc.newBlockingStub(channel);
  }

  public SessionServiceGrpc.SessionServiceBlockingStub sessions() {
    return SessionServiceGrpc.newBlockingStub(channel);
  }

  public RunServiceGrpc.RunServiceBlockingStub runs() {
    return RunServiceGrpc.newBlockingStub(channel);
  }

  public RunInputServiceGrpc.RunInputServiceBlockingStub runInputs() {
    return RunInputServiceGrpc.newBlockingStub(channel);
  }

  public WorkspaceServiceGrpc.WorkspaceServiceBlockingStub workspaces() {
    return WorkspaceServiceGrpc.newBlockingStub(channel);
  }

  public WorkspaceServiceGrpc.WorkspaceServiceStub workspaceStreams() {
    return WorkspaceServiceGrpc.newStub(channel);
  }

  public ExecServiceGrpc.ExecServiceBlockingStub execs() {
    return ExecServiceGrpc.newBlockingStub(channel);
  }

  public ExecServiceGrpc.ExecServiceStub execStreams() {
    return ExecServiceGrpc.newStub(channel);
  }

  public SnapshotServiceGrpc.SnapshotServiceBlockingStub snapshots() {
    return SnapshotServiceGrpc.newBlockingStub(channel);
  }

  public ArtifactServiceGrpc.ArtifactServiceBlockingStub artifacts() {
    return ArtifactServiceGrpc.newBlockingStub(channel);
  }

  public SecretServiceGrpc.SecretServiceBlockingStub secrets() {
    return SecretServiceGrpc.newBlockingStub(channel);
  }

  public SeedSetServiceGrpc.SeedSetServiceBlockingStub seedSets() {
    return SeedSetServiceGrpc.newBlockingStub(channel);
  }

  public QueueServiceGrpc.QueueServiceBlockingStub queues() {
    return QueueServiceGrpc.newBlockingStub(channel);
  }

  public PoolServiceGrpc.PoolServiceBlockingStub pools() {
    return PoolServiceGrpc.newBlockingStub(channel);
  }

  public EventServiceGrpc.EventServiceBlockingStub events() {
    return EventServiceGrpc.newBlockingStub(channel);
  }

  public ExecutorServiceGrpc.ExecutorServiceBlockingStub executors() {
    return ExecutorServiceGrpc.newBlockingStub(channel);
  }

  @Override
  public void close() {
    transport.shutdownNow();
  }
}
