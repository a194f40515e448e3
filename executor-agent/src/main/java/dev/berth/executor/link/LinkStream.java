package dev.berth.executor.link;

import dev.berth.executor.v1.ConnectRequest;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc.ExecutorLinkServiceStub;
import dev.berth.executor.v1.Heartbeat;
import dev.berth.executor.v1.Hello;
import dev.berth.executor.v1.Welcome;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One Connect stream from its hello to its end. Heartbeats keep their own time: the first is sent
 * at once, for it says that work may come, and all by the timer whatever waits in the outbox. A
 * stream whose heartbeats are not answered is given up after half the lease. Sends take turns.
 */
final class LinkStream implements ClientResponseObserver<ConnectRequest, ConnectResponse> {

  private static final Duration WELCOME_LIMIT = Duration.ofSeconds(15);

  /** What the stream tells its owner, on gRPC's thread, so it must not block. */
  interface Events {
    void welcomed(LinkStream stream, Welcome welcome);

    void ordered(LinkStream stream, ConnectResponse order);
  }

  private final Outbox outbox;
  private final SelfFence fence;
  private final LongSupplier nanos;
  private final ScheduledExecutorService timer;
  private final Supplier<Readiness> readiness;
  private final Events events;
  private final CompletableFuture<LinkEnd> ended = new CompletableFuture<>();
  private final ArrayDeque<Long> unanswered = new ArrayDeque<>();
  private @Nullable ClientCallStreamObserver<ConnectRequest> requests;
  private long helloNanos;
  private long patienceNanos = WELCOME_LIMIT.toNanos();
  private boolean welcomed;
  private @Nullable ScheduledFuture<?> beats;

  LinkStream(
      Outbox outbox,
      SelfFence fence,
      LongSupplier nanos,
      ScheduledExecutorService timer,
      Supplier<Readiness> readiness,
      Events events) {
    this.outbox = outbox;
    this.fence = fence;
    this.nanos = nanos;
    this.timer = timer;
    this.readiness = readiness;
    this.events = events;
  }

  /** Blocks until the stream has ended, and says how. */
  LinkEnd run(ExecutorLinkServiceStub stub, Supplier<Hello> hello) {
    outbox.keep();
    try {
      var message = ConnectRequest.newBuilder().setHello(hello.get()).build();
      helloNanos = nanos.getAsLong();
      stub.connect(this);
      send(message);
      var limit =
          timer.schedule(
              () -> giveUpUnless(this::wasWelcomed), patienceNanos, TimeUnit.NANOSECONDS);
      var status = ended.join();
      limit.cancel(false);
      return status;
    } finally {
      stopBeating();
      outbox.close();
    }
  }

  /** Ends it from this side; orders of it are no longer obeyed. */
  void cancel(String why) {
    var call = requests;
    if (call != null) {
      call.cancel(why, null);
    }
    ended.complete(LinkEnd.of(Status.CANCELLED.withDescription(why)));
  }

  /** Ends it in order: what was sent before arrives. */
  void complete() {
    synchronized (this) {
      if (requests != null && !ended.isDone()) {
        requests.onCompleted();
      }
    }
    ended.completeOnTimeout(LinkEnd.of(Status.OK), 1, TimeUnit.SECONDS);
  }

  boolean live() {
    return !ended.isDone();
  }

  synchronized boolean wasWelcomed() {
    return welcomed;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<ConnectRequest> stream) {
    requests = stream;
    stream.setOnReadyHandler(outbox::flush);
  }

  @Override
  public void onNext(ConnectResponse message) {
    if (!live()) {
      return;
    }
    switch (message.getMessageCase()) {
      case WELCOME -> onWelcome(message.getWelcome());
      case HEARTBEAT_ACK -> onAnswer();
      default -> events.ordered(this, message);
    }
  }

  @Override
  public void onError(Throwable thrown) {
    ended.complete(LinkEnd.of(thrown));
  }

  @Override
  public void onCompleted() {
    ended.complete(LinkEnd.of(Status.OK));
  }

  private void onWelcome(Welcome welcome) {
    var interval = OrderMapper.duration(welcome.getHeartbeatInterval());
    var lease = OrderMapper.duration(welcome.getLease());
    synchronized (this) {
      if (welcomed) {
        return;
      }
      welcomed = true;
      patienceNanos = Math.max(lease.toNanos() / 2, 2 * interval.toNanos());
      beats = timer.scheduleAtFixedRate(this::beat, 0, interval.toNanos(), TimeUnit.NANOSECONDS);
    }
    fence.welcomed(helloNanos, OrderMapper.duration(welcome.getLostAfter()));
    events.welcomed(this, welcome);
    outbox.open(this::trySend);
  }

  private void onAnswer() {
    Optional<Long> sent;
    synchronized (unanswered) {
      sent = Optional.ofNullable(unanswered.poll());
    }
    sent.ifPresent(fence::heard);
  }

  private void beat() {
    if (!live()) {
      return;
    }
    var now = nanos.getAsLong();
    synchronized (unanswered) {
      var oldest = unanswered.peek();
      if (oldest != null && now - oldest > patienceNanos) {
        cancel("heartbeats are not answered");
        return;
      }
      unanswered.add(now);
    }
    var is = readiness.get();
    send(
        ConnectRequest.newBuilder()
            .setHeartbeat(
                Heartbeat.newBuilder()
                    .setReady(is.ready())
                    .setNotReadyReason(is.problem())
                    .setDiskFreeBytes(is.diskFreeBytes()))
            .build());
  }

  private void giveUpUnless(Supplier<Boolean> reached) {
    if (!reached.get()) {
      cancel("the control plane does not answer");
    }
  }

  private synchronized boolean trySend(ConnectRequest message) {
    if (requests == null || !requests.isReady()) {
      return false;
    }
    send(message);
    return true;
  }

  private synchronized void send(ConnectRequest message) {
    if (requests != null && live()) {
      try {
        requests.onNext(message);
      } catch (IllegalStateException e) {
        ended.complete(
            LinkEnd.of(
                Status.CANCELLED.withDescription("the stream ended while sending").withCause(e)));
      }
    }
  }

  private synchronized void stopBeating() {
    if (beats != null) {
      beats.cancel(false);
    }
  }
}
