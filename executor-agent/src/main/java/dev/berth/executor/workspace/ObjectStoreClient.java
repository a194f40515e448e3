package dev.berth.executor.workspace;

import dev.berth.common.RetryPolicy;
import dev.berth.executor.workspace.SnapshotTransfers.Transfer;
import dev.berth.executor.workspace.WorkspaceException.Reason;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscribers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Presigned requests to the object store, repeated until they succeed or patience is over. Safe for
 * many threads; closing makes every call fail at once.
 */
public final class ObjectStoreClient implements AutoCloseable {
  private static final RetryPolicy RETRY =
      new RetryPolicy(Duration.ofMillis(100), Duration.ofSeconds(5));

  /** Bytes a second that a try may take more time for. */
  private static final long SLOWEST = 1 << 20;

  private final HttpClient http;
  private final Duration patience;
  private final Duration requestTimeout;
  private final CountDownLatch closed = new CountDownLatch(1);

  /**
   * @param patience how long a request is repeated
   * @param requestTimeout for one try, its body included; and a second more for each MiB sent
   */
  public ObjectStoreClient(Duration patience, Duration requestTimeout) {
    this.patience = patience;
    this.requestTimeout = requestTimeout;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();
  }

  /** Makes the presigned request for one try; a new one each time, since they expire. */
  interface Presigned {
    Transfer get() throws IOException;
  }

  /**
   * Stores an object. That it is there already is success: its name holds its hash.
   *
   * @throws WorkspaceException UNAVAILABLE when patience is over, or what {@code presigned} threw
   */
  void put(Presigned presigned, Supplier<BodyPublisher> body) throws IOException {
    repeat(() -> {
      BodyPublisher content = body.get();
      HttpRequest request = request(presigned.get()).PUT(content).build();
      Duration timeout = requestTimeout.plusSeconds(content.contentLength() / SLOWEST);
      int status = send(request, info -> BodySubscribers.discarding(), timeout).statusCode();
      if (status / 100 != 2 && status != 412) {
        throw refused("PUT", status);
      }
    });
  }

  /**
   * Reads {@code length} bytes of an object from {@code position} on, into the front of {@code
   * target}. Nothing writes there any more once this has returned.
   *
   * @throws WorkspaceException OBJECT_CORRUPT if it is missing or too short, UNAVAILABLE when
   *     patience is over
   */
  void get(Presigned presigned, long position, byte[] target, int length) throws IOException {
    String range = "bytes=" + position + "-" + (position + length - 1);
    repeat(() -> {
      HttpRequest request = request(presigned.get()).GET().header("Range", range).build();
      try (RangeBody body = new RangeBody(target, length)) {
        HttpResponse<Integer> response = send(request, body, requestTimeout);
        int status = response.statusCode();
        if (status == 404 || status == 416) {
          throw new WorkspaceException(
              Reason.OBJECT_CORRUPT, "a stored object is missing or too short");
        }
        if (status != 206 && status != 200) {
          throw refused("GET", status);
        }
        if (response.body() != length) {
          throw new IOException("GET was cut short");
        }
      }
    });
  }

  private static IOException refused(String method, int status) {
    return new IOException(method + " was answered " + status);
  }

  private HttpRequest.Builder request(Transfer transfer) {
    HttpRequest.Builder request = HttpRequest.newBuilder(transfer.uri());
    transfer
        .headers()
        .forEach((name, value) -> {
          if (!name.equalsIgnoreCase("Host") && !name.equalsIgnoreCase("Content-Length")) {
            request.header(name, value);
          }
        });
    return request;
  }

  private <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler, Duration timeout)
      throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<T>> answer = http.sendAsync(request, handler);
    try {
      return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new IOException("the object store cannot be reached", e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("the object store does not answer", e);
    } finally {
      answer.cancel(true);
    }
  }

  private interface Try {
    void run() throws IOException, InterruptedException;
  }

  private void repeat(Try attempt) throws IOException {
    long deadline = System.nanoTime() + patience.toNanos();
    for (int failures = 1; ; failures++) {
      try {
        attempt.run();
        return;
      } catch (WorkspaceException e) {
        if (!e.reason().temporary() || deadline - System.nanoTime() < 0) {
          throw e;
        }
        await(failures);
      } catch (IOException e) {
        if (deadline - System.nanoTime() < 0) {
          throw new WorkspaceException(
              Reason.UNAVAILABLE, "the object store: " + e.getMessage(), e);
        }
        await(failures);
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
    }
  }

  private void await(int failures) throws IOException {
    try {
      Duration delay = RETRY.delay(failures, ThreadLocalRandom.current());
      if (closed.await(delay.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new WorkspaceException(Reason.HOST, "the agent is stopping");
      }
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static WorkspaceException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new WorkspaceException(Reason.HOST, "interrupted", e);
  }

  @Override
  public void close() {
    closed.countDown();
    http.shutdownNow();
  }
}
