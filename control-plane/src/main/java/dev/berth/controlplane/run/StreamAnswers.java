package dev.berth.controlplane.run;

import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.Draining;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answering half of an executor's stream of requests. It ends once: when it failed, when nobody
 * is there to be answered, when this control plane drains, or when all is answered and no more
 * comes.
 */
final class StreamAnswers<R> {
  private static final Logger log = LoggerFactory.getLogger(StreamAnswers.class);

  private final ReentrantLock lock;
  private final ServerCallStreamObserver<R> responses;
  private final BooleanSupplier idle;
  private final Runnable forget;
  private Runnable undrain = () -> {};
  private boolean halfClosed;
  private boolean closed;

  /**
   * @param lock guards this and what its owner holds of the stream
   * @param idle whether nothing is under way; asked with the lock held
   * @param forget drops what waits, for the stream has ended; called with the lock held
   */
  StreamAnswers(
      ReentrantLock lock,
      ServerCallStreamObserver<R> responses,
      BooleanSupplier idle,
      Runnable forget) {
    this.lock = lock;
    this.responses = responses;
    this.idle = idle;
    this.forget = forget;
  }

  /** Has {@code window} requests taken in before the first of them is answered. */
  void open(int window, Draining draining) {
    responses.disableAutoRequest();
    responses.setOnCancelHandler(this::gone);
    responses.setOnCloseHandler(this::gone);
    responses.request(window);
    Runnable back = draining.onDrain(() -> fail(CommonErrors.draining()));
    lock.lock();
    try {
      if (closed) {
        back.run();
      }
      undrain = back;
    } finally {
      lock.unlock();
    }
  }

  /** With the lock held. */
  boolean closed() {
    return closed;
  }

  /** Answers, and takes in as many requests more. */
  void answer(R response, int requests) {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      responses.onNext(response);
      completeIfDone();
    } finally {
      lock.unlock();
    }
    responses.request(requests);
  }

  /** No further request comes. */
  void halfClosed() {
    lock.lock();
    try {
      halfClosed = true;
      completeIfDone();
    } finally {
      lock.unlock();
    }
  }

  /** With the lock held. */
  void completeIfDone() {
    if (halfClosed && !closed && idle.getAsBoolean()) {
      end();
      responses.onCompleted();
    }
  }

  /** Nobody is there to be answered; what is being committed is committed. */
  void gone() {
    lock.lock();
    try {
      end();
    } finally {
      lock.unlock();
    }
  }

  void fail(RuntimeException failure) {
    lock.lock();
    try {
      if (!closed) {
        end();
        responses.onError(failure);
      }
    } catch (IllegalStateException e) {
      // an interceptor may have refused a message and ended the call before
      log.debug("a stream had ended already", e);
    } finally {
      lock.unlock();
    }
  }

  private void end() {
    closed = true;
    forget.run();
    undrain.run();
  }
}
