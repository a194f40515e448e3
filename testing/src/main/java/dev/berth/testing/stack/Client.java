package dev.berth.testing.stack;

import com.google.protobuf.Duration;
import dev.berth.common.BrokenConnections;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.CreateSessionRequest;
import dev.berth.v1.EventServiceGrpc;
import dev.berth.v1.ExecutorServiceGrpc;
import dev.berth.v1.PoolServiceGrpc;
import dev.berth.v1.Run;
import dev.berth.v1.RunInputServiceGrpc;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.RunSpec;
import dev.berth.v1.SecretServiceGrpc;
import dev.berth.v1.Session;
import dev.berth.v1.SessionServiceGrpc;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.SnapshotServiceGrpc;
import dev.berth.v1.SystemServiceGrpc;
import dev.berth.v1.WaitRunRequest;
import dev.berth.v1.WorkspaceServiceGrpc;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.util.List;

/** The public API with a key, and the calls most tests begin with. */
public final class Client implements AutoCloseable {
  private static final int MOST_WAIT_SECONDS = 60;

  private final ManagedChannel transport;
  private final Channel channel;

  public Client(int port, String key) {
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + key);
    transport =
        NettyChannelBuilder.forAddress("127.0.0.1", port)
            .intercept(new BrokenConnections())
            .usePlaintext()
            .build();
    channel =
        ClientInterceptors.intercept(transport, MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  public Channel channel() {
    return channel;
  }

  public SystemServiceGrpc.SystemServiceBlockingStub system() {
    return SystemServiceGrpc.newBlockingStub(channel);
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

  public SnapshotServiceGrpc.SnapshotServiceBlockingStub snapshots() {
    return SnapshotServiceGrpc.newBlockingStub(channel);
  }

  public EventServiceGrpc.EventServiceBlockingStub events() {
    return EventServiceGrpc.newBlockingStub(channel);
  }

  public PoolServiceGrpc.PoolServiceBlockingStub pools() {
    return PoolServiceGrpc.newBlockingStub(channel);
  }

  public SecretServiceGrpc.SecretServiceBlockingStub secrets() {
    return SecretServiceGrpc.newBlockingStub(channel);
  }

  public ExecutorServiceGrpc.ExecutorServiceBlockingStub executors() {
    return ExecutorServiceGrpc.newBlockingStub(channel);
  }

  /** A session of that name, not active. */
  public Session createSession(String name, SessionSpec spec) {
    return sessions()
        .createSession(CreateSessionRequest.newBuilder().setName(name).setSpec(spec).build())
        .getSession();
  }

  /** A run of a program by the {@code exec} provider; does not wait for it. */
  public Run createRun(String sessionId, String... command) {
    return runs()
        .createRun(
            CreateRunRequest.newBuilder()
                .setSessionId(sessionId)
                .setSpec(RunSpec.newBuilder().setProvider("exec").addAllCommand(List.of(command)))
                .build())
        .getRun();
  }

  /** Waits until the run has ended, at most so long, and answers it as it then is. */
  public Run awaitRun(String runId, java.time.Duration atMost) {
    long left = atMost.toSeconds();
    Run run;
    do {
      long wait = Math.min(left, MOST_WAIT_SECONDS);
      run =
          runs()
              .waitRun(
                  WaitRunRequest.newBuilder()
                      .setRunId(runId)
                      .setWait(Duration.newBuilder().setSeconds(wait))
                      .build())
              .getRun();
      left -= wait;
    } while (!run.hasEnd() && left > 0);
    return run;
  }

  @Override
  public void close() {
    transport.shutdownNow();
  }
}
