package dev.berth.benchmarks;

import dev.berth.executor.v1.ConnectRequest;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.executor.v1.CopyReport;
import dev.berth.executor.v1.EnrollRequest;
import dev.berth.executor.v1.EnsureWorker;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc;
import dev.berth.executor.v1.Heartbeat;
import dev.berth.executor.v1.Hello;
import dev.berth.executor.v1.StartRun;
import dev.berth.executor.v1.WorkerReport;
import dev.berth.testing.stack.Client;
import dev.berth.v1.Capacity;
import dev.berth.v1.CreateEnrolmentTokenRequest;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An executor without containers, over the real link: workers are ready at once, and what runs
 * print is up to the benchmark.
 */
final class LinkedExecutor implements AutoCloseable, StreamObserver<ConnectResponse> {
  private final Client transport;
  private final ScheduledExecutorService beats = Executors.newSingleThreadScheduledExecutor();
  private final Map<String, CompletableFuture<StartRun>> starts = new ConcurrentHashMap<>();
  private @Nullable StreamObserver<ConnectRequest> link;

  private LinkedExecutor(Client transport) {
    this.transport = transport;
  }

  /** Enrols one and connects it. */
  static LinkedExecutor connect(Client client, int port) {
    String token =
        client
            .executors()
            .createEnrolmentToken(CreateEnrolmentTokenRequest.getDefaultInstance())
            .getToken();
    try (Client enrolling = new Client(port, token)) {
      var identity =
          ExecutorLinkServiceGrpc.newBlockingStub(enrolling.channel())
              .enroll(
                  EnrollRequest.newBuilder()
                      .setEnrolmentId("0123456789abcdef".repeat(2))
                      .setName("bench")
                      .build());
      var executor = new LinkedExecutor(new Client(port, identity.getCredential()));
      executor.open(identity.getExecutorId());
      return executor;
    }
  }

  private void open(String id) {
    synchronized (this) {
      link = ExecutorLinkServiceGrpc.newStub(transport.channel()).connect(this);
    }
    send(
        ConnectRequest.newBuilder()
            .setHello(
                Hello.newBuilder()
                    .setExecutorId(id)
                    .setProtocolVersion(1)
                    .setMinProtocolVersion(1)
                    .setVersion("bench")
                    .setCapacity(
                        Capacity.newBuilder()
                            .setWorkers(1_000)
                            .setCpuMillis(100_000_000)
                            .setMemoryBytes(1L << 50))
                    .addProviders("exec")
                    .addFeatures("manifest")
                    .addFeatures("artifacts")
                    .setBootId("bench"))
            .build());
    beats.scheduleAtFixedRate(this::beat, 1, 2, TimeUnit.SECONDS);
  }

  private void beat() {
    send(
        ConnectRequest.newBuilder()
            .setHeartbeat(Heartbeat.newBuilder().setReady(true).setDiskFreeBytes(1L << 50))
            .build());
  }

  private synchronized void send(ConnectRequest request) {
    Objects.requireNonNull(link).onNext(request);
  }

  /** Where its events go. */
  Channel channel() {
    return transport.channel();
  }

  /** Waits until the run is to be started here. */
  StartRun awaitStart(String run) throws Exception {
    return start(run).get(2, TimeUnit.MINUTES);
  }

  private CompletableFuture<StartRun> start(String run) {
    return starts.computeIfAbsent(run, r -> new CompletableFuture<>());
  }

  @Override
  public void onNext(ConnectResponse order) {
    if (order.hasEnsureWorker()) {
      ensure(order.getEnsureWorker());
    } else if (order.hasStartRun()) {
      start(order.getStartRun().getRunId()).complete(order.getStartRun());
    }
  }

  private void ensure(EnsureWorker order) {
    var worker =
        WorkerReport.newBuilder()
            .setWorkerId(order.getWorkerId())
            .setSessionId(order.getSessionId())
            .setGeneration(order.getGeneration())
            .setContainerRef("container of " + order.getWorkerId());
    send(
        ConnectRequest.newBuilder()
            .setWorker(worker.setState(WorkerReport.State.STATE_PREPARING))
            .build());
    send(
        ConnectRequest.newBuilder()
            .setCopy(
                CopyReport.newBuilder()
                    .setSessionId(order.getSessionId())
                    .setGeneration(order.getGeneration())
                    .setPresent(true)
                    .setInstance("made for " + order.getWorkerId()))
            .build());
    send(
        ConnectRequest.newBuilder()
            .setWorker(worker.setState(WorkerReport.State.STATE_READY))
            .build());
  }

  @Override
  public void onError(Throwable failure) {
    starts.values().forEach(start -> start.completeExceptionally(failure));
  }

  @Override
  public void onCompleted() {}

  @Override
  public void close() {
    beats.shutdownNow();
    transport.close();
  }
}
