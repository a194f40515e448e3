package dev.berth.controlplane.platform.grpc;

import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.StatusRuntimeException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * Reads requests of a bounded size, also of compressed ones, and gives a {@link Refused} where
 * there is none to be read: gRPC would answer UNKNOWN to what a marshaller throws.
 */
final class BoundedMarshaller<T> implements Marshaller<T> {

  /** What stands in the place of a message that cannot be read. */
  record Refused(RuntimeException why) {}

  private final Marshaller<T> messages;
  private final int most;

  BoundedMarshaller(Marshaller<T> messages, int most) {
    this.messages = messages;
    this.most = most;
  }

  @Override
  public InputStream stream(T message) {
    return messages.stream(message);
  }

  /** The interceptor that takes the stand-in out is the first to see it. */
  @Override
  @SuppressWarnings("unchecked")
  public T parse(InputStream bytes) {
    try {
      return messages.parse(new Bounded(bytes, most));
    } catch (UncheckedIOException | StatusRuntimeException e) {
      return (T)
          new Refused(
              BoundsInterceptor.isTooLarge(e)
                  ? BoundsInterceptor.tooLarge(most)
                  : BoundsInterceptor.unreadable());
    }
  }

  static final class TooLargeException extends IOException {
    private static final long serialVersionUID = 1L;
  }

  private static final class Bounded extends FilterInputStream {
    private long left;

    Bounded(InputStream bytes, int most) {
      super(bytes);
      this.left = most;
    }

    @Override
    public int read() throws IOException {
      int next = super.read();
      count(next < 0 ? 0 : 1);
      return next;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int count = super.read(into, offset, length);
      count(Math.max(count, 0));
      return count;
    }

    private void count(int bytes) throws TooLargeException {
      left -= bytes;
      if (left < 0) {
        throw new TooLargeException();
      }
    }
  }
}
