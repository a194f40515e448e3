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

  private final HttpClient http;
  private final Duration patience;
  private final Duration stalled;
  private final CountDownLatch closed = new CountDownLatch(1);

  /**
   * @param patience how long a request is repeated after it failed first; once at least
   * @param stalled after which one try is given up while nothing of it moves. One that moves is
   *     never given up, however slow
   */
  public ObjectStoreClient(Duration patience, Duration stalled) {
    this.patience = patience;
    this.stalled = stalled;
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
      Movement movement = new Movement(stalled);
      HttpRequest request = request(presigned.get()).PUT(movement.of(body.get())).build();
      int status = send(request, info -> BodySubscribers.discarding(), movement).statusCode();
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
      Movement movement = new Movement(stalled);
      try (RangeBody body = new RangeBody(target, length, movement)) {
        HttpResponse<Integer> response = send(request, body, movement);
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

  private <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler, Movement movement)
      throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<T>> answer = http.sendAsync(request, handler);
    try {
      for (long left = movement.nanosLeft(); left > 0; left = movement.nanosLeft()) {
        try {
          return answer.get(left, TimeUnit.NANOSECONDS);
        } catch (TimeoutException looksAgain) {
          continue;
        }
      }
      throw new IOException("the object store does not answer");
    } catch (ExecutionException e) {
      throw new IOException("the object store cannot be reached", e.getCause());
    } finally {
      answer.cancel(true);
    }
  }

  private interface Try {
    void run() throws IOException, InterruptedException;
  }

  private void repeat(Try attempt) throws IOException {
    long deadline = 0;
    for (int failures = 1; ; failures++) {
      try {
        attempt.run();
        return;
      } catch (InterruptedException e) {
        throw interrupted(e);
      } catch (IOException e) {
        if (e instanceof WorkspaceException known && !known.reason().temporary()) {
          throw e;
        }
        if (failures == 1) {
          deadline = System.nanoTime() + patience.toNanos();
        } else if (deadline - System.nanoTime() < 0) {
          throw e instanceof WorkspaceException
              ? e
              : new WorkspaceException(
                  Reason.UNAVAILABLE, "the object store: " + e.getMessage(), e);
        }
        await(failures);
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
