package dev.berth.executor.link;

import com.google.protobuf.Duration;
import dev.berth.executor.v1.ConnectRequest;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc;
import dev.berth.executor.v1.HeartbeatAck;
import dev.berth.executor.v1.PublishEventsRequest;
import dev.berth.executor.v1.PublishEventsResponse;
import dev.berth.executor.v1.RelayRequest;
import dev.berth.executor.v1.RelayResponse;
import dev.berth.executor.v1.ReportAttemptsRequest;
import dev.berth.executor.v1.ReportAttemptsResponse;
import dev.berth.executor.v1.Welcome;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A control plane that does what a test says, over a real connection. */
final class ScriptedPlane extends ExecutorLinkServiceGrpc.ExecutorLinkServiceImplBase
    implements AutoCloseable {

  final BlockingQueue<ConnectRequest> received = new LinkedBlockingQueue<>();
  final BlockingQueue<Long> heartbeatNanos = new LinkedBlockingQueue<>();
  final List<Stream> streams = new CopyOnWriteArrayList<>();
  volatile boolean answersHeartbeats = true;
  volatile boolean welcomes = true;
  volatile @Nullable Status refusal;
  volatile Welcome welcome = welcome(60_000, 100, 60_000);
  volatile BiConsumer<PublishEventsRequest, StreamObserver<PublishEventsResponse>> onEvents =
      (request, responses) -> responses.onNext(ok(request));
  volatile BiConsumer<ReportAttemptsRequest, StreamObserver<ReportAttemptsResponse>> onReports =
      (request, responses) -> {};
  volatile BiConsumer<@Nullable RelayRequest, ServerCallStreamObserver<RelayResponse>> onRelay =
      (request, responses) -> {};
  private final Server server;

  ScriptedPlane() throws IOException {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
            .addService(this)
            .build()
            .start();
  }

  static Welcome welcome(long leaseMillis, long beatMillis, long lostAfterMillis) {
    return Welcome.newBuilder()
        .setLinkEpoch(1)
        .setLease(millis(leaseMillis))
        .setHeartbeatInterval(millis(beatMillis))
        .setLostAfter(millis(lostAfterMillis))
        .build();
  }

  private static Duration millis(long millis) {
    return Duration.newBuilder()
        .setSeconds(millis / 1000)
        .setNanos((int) (millis % 1000) * 1_000_000)
        .build();
  }

  static PublishEventsResponse ok(PublishEventsRequest request) {
    return answer(request, PublishEventsResponse.Status.STATUS_OK)
        .setAcked(request.getTo())
        .setSettled(request.hasEnd())
        .build();
  }

  static PublishEventsResponse.Builder answer(
      PublishEventsRequest request, PublishEventsResponse.Status status) {
    return PublishEventsResponse.newBuilder()
        .setRunId(request.getRunId())
        .setAttemptId(request.getAttemptId())
        .setStatus(status);
  }

  ManagedChannel channel() {
    return dev.berth.common.Channels.open(
        "127.0.0.1:" + server.getPort(), dev.berth.common.Channels.Tls.NONE);
  }

  /** The next message but heartbeats; fails after five seconds. */
  ConnectRequest next() throws InterruptedException {
    var message = received.poll(5, TimeUnit.SECONDS);
    if (message == null) {
      throw new AssertionError("nothing was received");
    }
    return message;
  }

  Stream newest() {
    return streams.getLast();
  }

  /** One Connect stream. */
  final class Stream implements StreamObserver<ConnectRequest> {
    private final StreamObserver<ConnectResponse> responses;
    private long seq;

    Stream(StreamObserver<ConnectResponse> responses) {
      this.responses = responses;
    }

    synchronized void send(ConnectResponse.Builder message) {
      responses.onNext(message.setSeq(++seq).build());
    }

    synchronized void end(Status status) {
      responses.onError(status.asRuntimeException());
    }

    @Override
    public void onNext(ConnectRequest message) {
      if (message.hasHeartbeat()) {
        heartbeatNanos.add(System.nanoTime());
        if (answersHeartbeats) {
          send(ConnectResponse.newBuilder().setHeartbeatAck(HeartbeatAck.getDefaultInstance()));
        }
        return;
      }
      received.add(message);
      if (message.hasHello() && welcomes) {
        send(ConnectResponse.newBuilder().setWelcome(welcome));
      }
    }

    @Override
    public void onError(Throwable thrown) {
      streams.remove(this);
    }

    @Override
    public void onCompleted() {
      responses.onCompleted();
    }
  }

  @Override
  public StreamObserver<ConnectRequest> connect(StreamObserver<ConnectResponse> responses) {
    var stream = new Stream(responses);
    streams.add(stream);
    var status = refusal;
    if (status != null) {
      stream.end(status);
    }
    return stream;
  }

  @Override
  public StreamObserver<PublishEventsRequest> publishEvents(
      StreamObserver<PublishEventsResponse> responses) {
    return new Receiver<>(request -> onEvents.accept(request, responses), responses);
  }

  @Override
  public StreamObserver<ReportAttemptsRequest> reportAttempts(
      StreamObserver<ReportAttemptsResponse> responses) {
    return new Receiver<>(request -> onReports.accept(request, responses), responses);
  }

  @Override
  public StreamObserver<RelayRequest> relay(StreamObserver<RelayResponse> responses) {
    var call = (ServerCallStreamObserver<RelayResponse>) responses;
    return new Receiver<>(request -> onRelay.accept(request, call), responses);
  }

  private record Receiver<T>(java.util.function.Consumer<T> consumer, StreamObserver<?> responses)
      implements StreamObserver<T> {
    @Override
    public void onNext(T message) {
      consumer.accept(message);
    }

    @Override
    public void onError(Throwable thrown) {}

    @Override
    public void onCompleted() {
      responses.onCompleted();
    }
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
