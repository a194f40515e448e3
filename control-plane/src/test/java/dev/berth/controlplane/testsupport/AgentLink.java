package dev.berth.controlplane.testsupport;

import dev.berth.executor.v1.ConnectRequest;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc;
import dev.berth.executor.v1.Heartbeat;
import dev.berth.executor.v1.Hello;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One Connect stream of a scripted agent, with its heartbeats. */
final class AgentLink implements StreamObserver<ConnectResponse> {
  private final io.grpc.Context.CancellableContext context =
      io.grpc.Context.current().withCancellation();
  private final CountDownLatch over = new CountDownLatch(1);
  private final Consumer<ConnectResponse> received;
  private final LongSupplier diskFree;
  volatile boolean silent;
  volatile boolean acknowledged;
  volatile @Nullable Status end;
  private @Nullable StreamObserver<ConnectRequest> requests;

  AgentLink(Consumer<ConnectResponse> received, LongSupplier diskFree) {
    this.received = received;
    this.diskFree = diskFree;
  }

  void start(Channel channel, Hello hello) {
    context.run(() -> requests = ExecutorLinkServiceGrpc.newStub(channel).connect(this));
    send(ConnectRequest.newBuilder().setHello(hello).build());
  }

  synchronized void send(ConnectRequest request) {
    if (!silent && end == null) {
      Objects.requireNonNull(requests).onNext(request);
    }
  }

  @Override
  public void onNext(ConnectResponse message) {
    if (!silent) {
      received.accept(message);
    }
    if (message.hasWelcome()) {
      Duration interval =
          Duration.ofMillis(
              message.getWelcome().getHeartbeatInterval().getNanos() / 1_000_000
                  + 1_000 * message.getWelcome().getHeartbeatInterval().getSeconds());
      Thread beating = Thread.ofVirtual().start(() -> beat(interval));
      assert beating.isVirtual();
    } else if (message.hasHeartbeatAck()) {
      acknowledged = true;
    }
  }

  private void beat(Duration interval) {
    Consumer<Boolean> heartbeat =
        ready ->
            send(
                ConnectRequest.newBuilder()
                    .setHeartbeat(
                        Heartbeat.newBuilder()
                            .setReady(ready)
                            .setDiskFreeBytes(diskFree.getAsLong()))
                    .build());
    try {
      do {
        heartbeat.accept(true);
      } while (!over.await(interval.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void cancel() {
    silent = true;
    over.countDown();
    boolean done = context.cancel(null);
    assert done || context.isCancelled();
  }

  @Override
  public void onError(Throwable failure) {
    over.countDown();
    end = Status.fromThrowable(failure);
  }

  @Override
  public void onCompleted() {
    over.countDown();
    end = Status.OK;
  }
}
