package dev.berth.controlplane.relay;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.Executor;

/**
 * Joins two streams: what comes in at one goes out at the other, as fast as the slower takes it.
 */
final class RelayJoin {

  private RelayJoin() {}

  /**
   * Runs until both are over; one that breaks takes the other with it. One direction is carried by
   * this thread, the other by {@code executor}.
   */
  static <A, B> void join(Duplex<A, B> left, Duplex<B, A> right, Executor executor) {
    executor.execute(() -> carry(left, right));
    carry(right, left);
  }

  private static <A, B> void carry(Duplex<A, ?> from, Duplex<?, A> to) {
    try {
      for (var message = from.read(); message.isPresent(); message = from.read()) {
        to.write(message.get());
      }
      to.complete();
    } catch (StatusRuntimeException e) {
      to.fail(e);
      from.fail(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      var gone = Status.UNAVAILABLE.withDescription("this control plane is shutting down");
      to.fail(gone.asRuntimeException());
      from.fail(gone.asRuntimeException());
    }
  }
}
