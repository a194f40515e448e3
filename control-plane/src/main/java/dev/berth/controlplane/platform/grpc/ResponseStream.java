package dev.berth.controlplane.platform.grpc;

import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.CommonErrors;
import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The answers of one server-streaming or bidirectional call, written by one thread that may block:
 * nothing is sent unless the transport has room, so a slow reader costs one message. Hints from
 * elsewhere wake the thread; the end of the call or of this process ends its waiting.
 *
 * @param <T> the response message
 */
public final class ResponseStream<T> {

  /**
   * What the thread of a stream does; the call ends OK when it returns, with the exception when it
   * throws.
   */
  @FunctionalInterface
  public interface Body<T> {
    void run(ResponseStream<T> stream) throws InterruptedException;
  }

  private final ServerCallStreamObserver<T> observer;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private boolean hinted;
  private boolean cancelled;
  private @Nullable BerthException draining;

  private ResponseStream(ServerCallStreamObserver<T> observer) {
    this.observer = observer;
  }

  /**
   * Answers the call from a virtual thread of its own, in the call's context. Call it in the
   * handler itself, once, and leave {@code observer} alone afterwards.
   */
  public static <T> void serve(StreamObserver<T> observer, Draining draining, Body<T> body) {
    ServerCallStreamObserver<T> call = (ServerCallStreamObserver<T>) observer;
    ResponseStream<T> stream = new ResponseStream<>(call);
    call.setOnReadyHandler(stream::signal);
    call.setOnCancelHandler(stream::cancel);
    Runnable undrain = draining.onDrain(stream::drain);
    Thread.ofVirtual()
        .name("response-stream")
        .start(Context.current().wrap(() -> stream.run(body, undrain)));
  }

  private void run(Body<T> body, Runnable undrain) {
    try {
      body.run(this);
      observer.onCompleted();
    } catch (InterruptedException | RuntimeException e) {
      if (!observer.isCancelled()) {
        observer.onError(e);
      }
    } finally {
      undrain.run();
    }
  }

  /**
   * Waits until there is room for a message.
   *
   * @return false when {@code time} is up first: the reader is too slow
   * @throws CancellationException when the client has gone
   * @throws BerthException DRAINING when this process is told to stop
   */
  public boolean awaitReady(Duration time) throws InterruptedException {
    long nanos = time.toNanos();
    lock.lock();
    try {
      while (!observer.isReady()) {
        checkOpen();
        if (nanos <= 0) {
          return false;
        }
        nanos = changed.awaitNanos(nanos);
      }
      checkOpen();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Sends without waiting; after {@link #awaitReady}, or where a message more does no harm. */
  public void send(T message) {
    lock.lock();
    try {
      checkOpen();
    } finally {
      lock.unlock();
    }
    observer.onNext(message);
  }

  /**
   * Wakes {@link #awaitHint}; remembered when nobody waits. Fit for {@code
   * Notifications.subscribe}.
   */
  public void hint() {
    lock.lock();
    try {
      hinted = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for a hint since the last return, at most that long; true when there was one. Throws as
   * {@link #awaitReady}.
   */
  public boolean awaitHint(Duration time) throws InterruptedException {
    long nanos = time.toNanos();
    lock.lock();
    try {
      while (!hinted) {
        checkOpen();
        if (nanos <= 0) {
          return false;
        }
        nanos = changed.awaitNanos(nanos);
      }
      checkOpen();
      hinted = false;
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void checkOpen() {
    if (cancelled) {
      throw new CancellationException("the client has gone");
    }
    if (draining != null) {
      throw draining;
    }
  }

  private void signal() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void cancel() {
    lock.lock();
    try {
      cancelled = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void drain() {
    lock.lock();
    try {
      draining = CommonErrors.draining();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
