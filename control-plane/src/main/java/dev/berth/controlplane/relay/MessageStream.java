package dev.berth.controlplane.relay;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.CallStreamObserver;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A gRPC stream turned into blocking calls, with back-pressure both ways: a message is asked of the
 * transport only when one was taken from here, and a writer waits while the transport is not ready.
 * So at most {@value #PREFETCH} messages wait in here, beside the flow-control window of the
 * transport.
 *
 * <p>gRPC's callbacks only leave a note and wake whoever waits; nothing blocks in them.
 */
public final class MessageStream<I, O> implements Duplex<I, O> {

  private static final int PREFETCH = 2;

  private final ReentrantLock state = new ReentrantLock();
  private final Condition changed = state.newCondition();
  private final Queue<I> inbox = new ArrayDeque<>(PREFETCH);

  /** Held for calls that gRPC wants one at a time; never while waiting, never inside callbacks. */
  private final ReentrantLock sending = new ReentrantLock();

  private @Nullable CallStreamObserver<O> outbound;
  private boolean inboundEnded;
  private boolean closed;
  private volatile boolean outboundEnded;
  private @Nullable StatusRuntimeException broken;

  private MessageStream() {}

  /**
   * The server's end of a call whose requests are a stream; to be made inside the service method,
   * which returns {@link #inbound()}.
   */
  public static <I, O> MessageStream<I, O> accept(StreamObserver<O> responses) {
    var call = (ServerCallStreamObserver<O>) responses;
    call.disableAutoRequest();
    MessageStream<I, O> stream = answer(responses);
    call.request(PREFETCH);
    return stream;
  }

  /** The server's end of a call with one request; to be made inside the service method. */
  public static <I, O> MessageStream<I, O> answer(StreamObserver<O> responses) {
    var call = (ServerCallStreamObserver<O>) responses;
    var stream = new MessageStream<I, O>();
    call.setOnReadyHandler(stream::wake);
    call.setOnCancelHandler(
        () -> stream.breakWith(Status.CANCELLED.withDescription("the caller went away")));
    call.setOnCloseHandler(stream::close);
    stream.outbound = call;
    return stream;
  }

  /** A call that is started with the observer it is given: {@code open(stub::relay)}. */
  public static <I, O> MessageStream<I, O> open(Consumer<StreamObserver<I>> call) {
    var stream = new MessageStream<I, O>();
    call.accept(stream.new Responses());
    return stream;
  }

  /** Where the transport puts what comes in. */
  public StreamObserver<I> inbound() {
    return new Inbound();
  }

  @Override
  public Optional<I> read() throws InterruptedException {
    Optional<I> taken;
    state.lockInterruptibly();
    try {
      while (inbox.isEmpty() && !inboundEnded && broken == null) {
        changed.await();
      }
      taken = Optional.ofNullable(inbox.poll());
      if (taken.isEmpty() && broken != null) {
        throw broken;
      }
    } finally {
      state.unlock();
    }
    if (taken.isPresent()) {
      call().request(1);
    }
    return taken;
  }

  @Override
  public void write(O message) throws InterruptedException {
    state.lockInterruptibly();
    try {
      while (!call().isReady() && broken == null && !outboundEnded && !closed) {
        changed.await();
      }
      if (broken != null) {
        throw broken;
      }
      if (closed) {
        throw Status.CANCELLED
            .withDescription("the other side ended the call")
            .asRuntimeException();
      }
    } finally {
      state.unlock();
    }
    sending.lockInterruptibly();
    try {
      if (outboundEnded) {
        throw Status.CANCELLED.withDescription("the stream was ended here").asRuntimeException();
      }
      call().onNext(message);
    } finally {
      sending.unlock();
    }
  }

  @Override
  public void complete() {
    end(() -> call().onCompleted());
  }

  @Override
  public void fail(RuntimeException why) {
    end(() -> {
      if (call() instanceof ClientCallStreamObserver<O> client) {
        client.cancel("ended here", why);
      } else {
        call().onError(why);
      }
    });
    breakWith(Status.fromThrowable(why));
  }

  private void end(Runnable last) {
    sending.lock();
    try {
      if (outboundEnded) {
        return;
      }
      outboundEnded = true;
      last.run();
    } finally {
      sending.unlock();
    }
    wake();
  }

  private CallStreamObserver<O> call() {
    var call = outbound;
    if (call == null) {
      throw new IllegalStateException("the call was not started");
    }
    return call;
  }

  private void wake() {
    state.lock();
    try {
      changed.signalAll();
    } finally {
      state.unlock();
    }
  }

  /** Nothing comes any more, and nothing can be sent. */
  private void close() {
    state.lock();
    try {
      inboundEnded = true;
      closed = true;
      changed.signalAll();
    } finally {
      state.unlock();
    }
  }

  private void breakWith(Status why) {
    state.lock();
    try {
      if (broken == null && !closed) {
        broken = why.asRuntimeException();
      }
      changed.signalAll();
    } finally {
      state.unlock();
    }
  }

  private class Inbound implements StreamObserver<I> {
    @Override
    public void onNext(I message) {
      state.lock();
      try {
        inbox.add(message);
        changed.signalAll();
      } finally {
        state.unlock();
      }
    }

    @Override
    public void onError(Throwable failure) {
      breakWith(Status.fromThrowable(failure));
    }

    @Override
    public void onCompleted() {
      state.lock();
      try {
        inboundEnded = true;
        changed.signalAll();
      } finally {
        state.unlock();
      }
    }
  }

  private final class Responses extends Inbound implements ClientResponseObserver<O, I> {
    @Override
    public void beforeStart(ClientCallStreamObserver<O> call) {
      outbound = call;
      call.disableAutoRequestWithInitial(PREFETCH);
      call.setOnReadyHandler(MessageStream.this::wake);
    }

    /** A server that completes has ended the whole call. */
    @Override
    public void onCompleted() {
      close();
    }
  }
}
