package dev.berth.executor.workspace;

import java.net.http.HttpRequest.BodyPublisher;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Flow;

/**
 * When a transfer last moved. A body counts as it is handed to the socket, whose buffer may hold
 * some MiB more than the store has: so after its end, as long is waited as the body itself took
 * until then, if that is longer. Safe for many threads.
 */
final class Movement {
  private final long stalledNanos;
  private final long begun = System.nanoTime();
  private volatile long last = begun;
  private volatile boolean sent;

  /**
   * @param stalled how long nothing may move
   */
  Movement(Duration stalled) {
    this.stalledNanos = stalled.toNanos();
  }

  void moved() {
    last = System.nanoTime();
  }

  /** How long may still be waited; 0 or less once it stands still. */
  long nanosLeft() {
    long moving = last;
    long waited = sent ? Math.max(stalledNanos, moving - begun) : stalledNanos;
    return waited - (System.nanoTime() - moving);
  }

  /** The same body, watched. */
  BodyPublisher of(BodyPublisher body) {
    return new BodyPublisher() {
      @Override
      public long contentLength() {
        return body.contentLength();
      }

      @Override
      public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        body.subscribe(new Watched(subscriber));
      }
    };
  }

  private final class Watched implements Flow.Subscriber<ByteBuffer> {
    private final Flow.Subscriber<? super ByteBuffer> subscriber;

    Watched(Flow.Subscriber<? super ByteBuffer> subscriber) {
      this.subscriber = subscriber;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscriber.onSubscribe(subscription);
    }

    @Override
    public void onNext(ByteBuffer part) {
      moved();
      subscriber.onNext(part);
    }

    @Override
    public void onError(Throwable failure) {
      subscriber.onError(failure);
    }

    @Override
    public void onComplete() {
      moved();
      sent = true;
      subscriber.onComplete();
    }
  }
}
