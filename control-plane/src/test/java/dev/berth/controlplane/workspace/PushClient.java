package dev.berth.controlplane.workspace;

import dev.berth.v1.PushRequest;
import dev.berth.v1.PushResponse;
import dev.berth.v1.WorkspaceServiceGrpc;
import io.grpc.Channel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** A client that pushes, and waits while the transport is not ready. */
final class PushClient implements ClientResponseObserver<PushRequest, PushResponse> {
  final CompletableFuture<PushResponse> answer = new CompletableFuture<>();
  private final Semaphore ready = new Semaphore(0);
  private final CompletableFuture<ClientCallStreamObserver<PushRequest>> call =
      new CompletableFuture<>();

  static PushClient open(Channel channel) {
    var client = new PushClient();
    StreamObserver<PushRequest> requests = WorkspaceServiceGrpc.newStub(channel).push(client);
    assert requests != null;
    return client;
  }

  ClientCallStreamObserver<PushRequest> call() {
    return call.join();
  }

  void send(PushRequest message) {
    call().onNext(message);
  }

  /** False where it is not ready in time. */
  boolean awaitReady(Duration time) throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    while (!call().isReady()) {
      long left = end - System.nanoTime();
      if (left <= 0 || !ready.tryAcquire(left, TimeUnit.NANOSECONDS)) {
        return call().isReady();
      }
    }
    return true;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<PushRequest> started) {
    started.setOnReadyHandler(ready::release);
    call.complete(started);
  }

  @Override
  public void onNext(PushResponse response) {
    answer.complete(response);
  }

  @Override
  public void onError(Throwable failure) {
    answer.completeExceptionally(failure);
  }

  @Override
  public void onCompleted() {}
}
