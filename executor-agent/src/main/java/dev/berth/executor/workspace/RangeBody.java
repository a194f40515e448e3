package dev.berth.executor.workspace;

import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/**
 * Puts the body of one answer into an array that is used again and again, and answers its length. A
 * body is taken only if it says it is as long as asked, so that no answer fills the memory. Once
 * closed it writes no more, whatever still arrives.
 */
final class RangeBody implements BodyHandler<Integer>, BodySubscriber<Integer>, AutoCloseable {
  private final byte[] target;
  private final int length;
  private final Movement movement;
  private final CompletableFuture<Integer> done = new CompletableFuture<>();
  private int filled;
  private boolean closed;

  RangeBody(byte[] target, int length, Movement movement) {
    this.target = target;
    this.length = length;
    this.movement = movement;
  }

  @Override
  public BodySubscriber<Integer> apply(HttpResponse.ResponseInfo info) {
    long said = info.headers().firstValueAsLong("Content-Length").orElse(-1);
    return info.statusCode() / 100 == 2 && said == length ? this : BodySubscribers.replacing(0);
  }

  @Override
  public CompletionStage<Integer> getBody() {
    return done;
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    subscription.request(Long.MAX_VALUE);
  }

  @Override
  public synchronized void onNext(List<ByteBuffer> parts) {
    movement.moved();
    for (ByteBuffer part : parts) {
      int taken = closed ? 0 : Math.min(part.remaining(), length - filled);
      part.get(target, filled, taken);
      filled += taken;
    }
  }

  @Override
  public void onError(Throwable failure) {
    done.completeExceptionally(failure);
  }

  @Override
  public synchronized void onComplete() {
    done.complete(filled);
  }

  @Override
  public synchronized void close() {
    closed = true;
  }
}
