package dev.berth.controlplane.relay;

import io.grpc.StatusRuntimeException;
import java.util.Optional;
import java.util.function.Function;

/**
 * One end of a stream of messages in both directions, used by blocking calls. At most one thread
 * reads and at most one writes at a time; any thread may end it. Messages keep their order.
 *
 * @param <I> what comes in
 * @param <O> what goes out
 */
public interface Duplex<I, O> {

  /**
   * The next message; blocks until there is one. Empty once the other side has said all it has to
   * say, or this end was completed.
   *
   * @throws StatusRuntimeException the stream is broken: the other side failed, left, or is
   *     unreachable
   */
  Optional<I> read() throws InterruptedException;

  /**
   * Sends a message; blocks while the other side does not take what was sent before.
   *
   * @throws StatusRuntimeException the stream is broken or was ended here
   */
  void write(O message) throws InterruptedException;

  /** Says that nothing more will be written. Does nothing on a stream that has ended. */
  void complete();

  /**
   * Ends both directions at once; the other side sees {@code why} where the transport can carry it.
   * Does nothing on a stream that has ended.
   */
  void fail(RuntimeException why);

  /** The same stream with each message put through a function. */
  default <J, P> Duplex<J, P> map(Function<I, J> in, Function<P, O> out) {
    Duplex<I, O> inner = this;
    return new Duplex<>() {
      @Override
      public Optional<J> read() throws InterruptedException {
        return inner.read().map(in);
      }

      @Override
      public void write(P message) throws InterruptedException {
        inner.write(out.apply(message));
      }

      @Override
      public void complete() {
        inner.complete();
      }

      @Override
      public void fail(RuntimeException why) {
        inner.fail(why);
      }
    };
  }
}
