package dev.berth.executor.link;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.RetryPolicy;
import dev.berth.executor.journal.Position;
import dev.berth.executor.process.JournalBatch;
import dev.berth.executor.process.ProcessListener;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc.ExecutorLinkServiceStub;
import dev.berth.executor.v1.PublishEventsRequest;
import dev.berth.executor.v1.PublishEventsResponse;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends events of attempts up on a stream of their own and hands the answers back. Attempts take
 * turns, each with a few batches on their way at most, so that one flood delays no other. A stream
 * that ends is opened again with backoff, and every attempt says again what was not acknowledged.
 * Batches wait here in memory, as many as {@code ProcessLimits} lets an attempt hand out.
 */
final class EventPublisher implements ProcessListener, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(EventPublisher.class);

  /** What becomes of the answers. Called on gRPC's threads; must not block for long. */
  interface Attempts {
    void acked(AttemptId attempt, Position position);

    void resend(AttemptId attempt, Optional<Position> from);

    void discard(AttemptId attempt);
  }

  private final ExecutorLinkServiceStub stub;
  private final RandomGenerator random;
  private final Turns turns = new Turns();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile @Nullable Stream current;
  private @Nullable Thread loop;

  EventPublisher(ExecutorLinkServiceStub stub, RandomGenerator random) {
    this.stub = stub;
    this.random = random;
  }

  /** Once. */
  void start(Attempts attempts) {
    loop = Thread.ofVirtual().name("publish").start(() -> publishForEver(attempts));
  }

  @Override
  public void batch(JournalBatch batch) {
    turns.add(batch);
  }

  @Override
  public void close() {
    closed.countDown();
    turns.close();
    var stream = current;
    if (stream != null) {
      stream.end();
    }
    try {
      if (loop != null) {
        loop.join(Duration.ofSeconds(2));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void publishForEver(Attempts attempts) {
    var failures = 0;
    try {
      while (closed.getCount() > 0 && turns.awaitAny()) {
        var stream = new Stream(attempts);
        current = stream;
        stub.publishEvents(stream);
        stream.pump();
        failures = stream.answered ? 1 : failures + 1;
        turns
            .restart(!stream.answered && stream.refused())
            .forEach(a -> attempts.resend(a, Optional.empty()));
        if (closed.await(
            RetryPolicy.RECONNECT.delay(failures, random).toNanos(), TimeUnit.NANOSECONDS)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One PublishEvents stream. */
  private final class Stream
      implements ClientResponseObserver<PublishEventsRequest, PublishEventsResponse> {

    private final Attempts attempts;
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile boolean answered;
    private volatile Status end = Status.OK;
    private @Nullable ClientCallStreamObserver<PublishEventsRequest> requests;

    Stream(Attempts attempts) {
      this.attempts = attempts;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<PublishEventsRequest> stream) {
      requests = stream;
      stream.setOnReadyHandler(turns::wake);
    }

    /** Sends until the stream has ended. */
    void pump() throws InterruptedException {
      var stream = requests;
      if (stream == null) {
        return;
      }
      Optional<JournalBatch> next;
      while ((next = turns.take(() -> over.getCount() > 0, stream::isReady)).isPresent()) {
        try {
          stream.onNext(EventMapper.message(next.get()));
        } catch (IllegalStateException e) {
          LOG.debug("the stream ended while sending", e);
          finish(Status.CANCELLED);
        }
      }
    }

    /**
     * Whether the control plane took offence at what was sent, so that sending it again is no use.
     */
    boolean refused() {
      return end.getCode() == Status.Code.INVALID_ARGUMENT
          || end.getCode() == Status.Code.RESOURCE_EXHAUSTED;
    }

    void end() {
      var stream = requests;
      if (stream != null && over.getCount() > 0) {
        stream.cancel("closing", null);
      }
      finish(Status.CANCELLED);
    }

    @Override
    public void onNext(PublishEventsResponse response) {
      if (over.getCount() == 0) {
        return;
      }
      answered = true;
      var attempt = AttemptId.parse(response.getAttemptId());
      var acked = OrderMapper.position(response.getAcked());
      turns.answered(attempt);
      switch (response.getStatus()) {
        case STATUS_OK -> {
          attempts.acked(attempt, acked);
          if (response.getSettled()) {
            turns.forget(attempt);
          }
        }
        case STATUS_STALE -> {
          LOG.info("attempt {} is no longer its run's; ending it", attempt);
          turns.forget(attempt);
          Thread.ofVirtual().name("discard-" + attempt).start(() -> attempts.discard(attempt));
        }
        case STATUS_GAP -> {
          LOG.info("attempt {} goes back to {}", attempt, acked);
          attempts.resend(attempt, Optional.of(acked));
          end();
        }
        case STATUS_UNSPECIFIED, UNRECOGNIZED ->
            LOG.warn("an answer to events of {} is not understood", attempt);
      }
    }

    @Override
    public void onError(Throwable thrown) {
      var status = Status.fromThrowable(thrown);
      LOG.debug("the event stream ended: {}", status);
      finish(status);
    }

    @Override
    public void onCompleted() {
      finish(Status.OK);
    }

    private void finish(Status status) {
      if (over.getCount() > 0) {
        end = status;
        over.countDown();
      }
      turns.wake();
    }
  }
}
