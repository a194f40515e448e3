package dev.berth.cli.workspace;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.berth.cli.output.Progress;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A call that sends bytes and gets one answer. It sends only while the transport is ready, so that
 * memory stays bounded.
 */
final class Upload<Q, A> implements ClientResponseObserver<Q, A> {
  private static final int CHUNK = 64 * 1024;

  private final CompletableFuture<A> answer = new CompletableFuture<>();
  private final Semaphore ready = new Semaphore(0);
  private @Nullable ClientCallStreamObserver<Q> call;

  /** Where the bytes come from. */
  interface Source {
    void writeTo(OutputStream out) throws IOException;
  }

  /** Makes the call; {@code first} goes out before any bytes. */
  static <Q, A> A send(
      Function<StreamObserver<A>, StreamObserver<Q>> method,
      Q first,
      Function<ByteString, Q> message,
      Source source,
      Progress progress)
      throws IOException, InterruptedException {
    var upload = new Upload<Q, A>();
    var requests = method.apply(upload);
    requests.onNext(first);
    try (var chunks = upload.new Chunks(message, progress)) {
      source.writeTo(chunks);
      chunks.flush();
      requests.onCompleted();
    } catch (IOException failed) {
      if (!upload.answer.isDone()) {
        requests.onError(Status.CANCELLED.asRuntimeException());
        throw failed;
      }
    }
    return upload.await();
  }

  private A await() throws InterruptedException {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw Status.fromThrowable(e.getCause())
          .asRuntimeException(Status.trailersFromThrowable(e.getCause()));
    }
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<Q> started) {
    call = started;
    started.setOnReadyHandler(ready::release);
  }

  @Override
  public void onNext(A value) {
    answer.complete(value);
  }

  @Override
  public void onError(Throwable t) {
    answer.completeExceptionally(t);
    ready.release();
  }

  @Override
  public void onCompleted() {
    ready.release();
  }

  /** Cuts what is written into messages of 64 KiB. Closing it sends nothing. */
  private final class Chunks extends OutputStream {
    private final Function<ByteString, Q> message;
    private final Progress progress;
    private byte[] chunk = new byte[CHUNK];
    private int filled;

    Chunks(Function<ByteString, Q> message, Progress progress) {
      this.message = message;
      this.progress = progress;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      int from = offset;
      int left = length;
      while (left > 0) {
        int part = Math.min(left, CHUNK - filled);
        System.arraycopy(bytes, from, chunk, filled, part);
        filled += part;
        from += part;
        left -= part;
        if (filled == CHUNK) {
          flush();
        }
      }
    }

    @Override
    public void flush() throws IOException {
      if (filled > 0) {
        byte[] whole = filled == CHUNK ? chunk : Arrays.copyOf(chunk, filled);
        send(message.apply(UnsafeByteOperations.unsafeWrap(whole)));
        progress.add(filled);
        chunk = new byte[CHUNK];
        filled = 0;
      }
    }

    private void send(Q part) throws IOException {
      var stream = Objects.requireNonNull(call);
      while (!stream.isReady()) {
        if (answer.isDone()) {
          throw new IOException("the call was ended by the other side");
        }
        ready.acquireUninterruptibly();
        ready.drainPermits();
      }
      stream.onNext(part);
    }
  }
}
