package dev.berth.executor.link;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.RetryPolicy;
import dev.berth.executor.sessionless.SessionlessReport;
import dev.berth.executor.sessionless.SessionlessRuns;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc.ExecutorLinkServiceStub;
import dev.berth.executor.v1.ReportAttemptsRequest;
import dev.berth.executor.v1.ReportAttemptsResponse;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of attempts at runs without a session on a stream of its own, as many in a message as wait.
 * After a stream has ended it tells everything again that is held.
 */
final class AttemptReporter implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(AttemptReporter.class);
  private static final int MOST_IN_A_MESSAGE = 1_000;

  private final ExecutorLinkServiceStub stub;
  private final RandomGenerator random;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<AttemptId, SessionlessReport> waiting = new LinkedHashMap<>();
  private boolean closed;
  private @Nullable Thread loop;

  AttemptReporter(ExecutorLinkServiceStub stub, RandomGenerator random) {
    this.stub = stub;
    this.random = random;
  }

  /** Once. */
  void start(SessionlessRuns attempts) {
    attempts.reportTo(this::add);
    loop = Thread.ofVirtual().name("report").start(() -> reportForEver(attempts));
  }

  /** That one is over stays said, in whatever order threads come here. */
  private void add(List<SessionlessReport> reports) {
    lock.lock();
    try {
      reports.forEach(report ->
          waiting.merge(
              report.attempt(), report, (older, newer) -> newer.end().isEmpty() ? older : newer));
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      if (loop != null) {
        loop.join(Duration.ofSeconds(2));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void reportForEver(SessionlessRuns attempts) {
    var failures = 0;
    try {
      while (awaitAny()) {
        var stream = new Stream(attempts);
        stub.reportAttempts(stream);
        stream.pump();
        failures = stream.answered ? 1 : failures + 1;
        if (!pause(RetryPolicy.RECONNECT.delay(failures, random))) {
          return;
        }
        add(attempts.held());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Until there is something to tell; false where closed. */
  private boolean awaitAny() throws InterruptedException {
    lock.lock();
    try {
      while (!closed && waiting.isEmpty()) {
        changed.await();
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private boolean pause(Duration time) throws InterruptedException {
    lock.lock();
    try {
      var left = time.toNanos();
      while (!closed && left > 0) {
        left = changed.awaitNanos(left);
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /** One ReportAttempts stream. */
  private final class Stream
      implements ClientResponseObserver<ReportAttemptsRequest, ReportAttemptsResponse> {

    private final SessionlessRuns attempts;
    private volatile boolean answered;
    private boolean over;
    private @Nullable ClientCallStreamObserver<ReportAttemptsRequest> requests;

    Stream(SessionlessRuns attempts) {
      this.attempts = attempts;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<ReportAttemptsRequest> stream) {
      requests = stream;
      stream.setOnReadyHandler(this::signal);
    }

    private void signal() {
      lock.lock();
      try {
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    /** Sends what waits until the stream has ended. */
    void pump() throws InterruptedException {
      var stream = requests;
      if (stream == null) {
        return;
      }
      for (var next = take(stream); !next.isEmpty(); next = take(stream)) {
        var message = ReportAttemptsRequest.newBuilder();
        next.forEach(report -> message.addAttempts(EventMapper.message(report)));
        try {
          stream.onNext(message.build());
        } catch (IllegalStateException e) {
          LOG.debug("the stream ended while sending", e);
          finish(Status.CANCELLED);
        }
      }
      stream.cancel("closing", null);
    }

    /** Nothing where the stream has ended or there is to be no more. */
    private List<SessionlessReport> take(ClientCallStreamObserver<ReportAttemptsRequest> stream)
        throws InterruptedException {
      lock.lock();
      try {
        while (!closed && !over && (waiting.isEmpty() || !stream.isReady())) {
          changed.await();
        }
        if (closed || over) {
          return List.of();
        }
        List<SessionlessReport> taken = new ArrayList<>();
        var reports = waiting.values().iterator();
        while (reports.hasNext() && taken.size() < MOST_IN_A_MESSAGE) {
          taken.add(reports.next());
          reports.remove();
        }
        return taken;
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void onNext(ReportAttemptsResponse response) {
      answered = true;
      attempts.forget(response.getEndedList().stream().map(AttemptId::parse).toList());
      if (response.getStaleCount() > 0) {
        LOG.info("{} attempts are no longer their runs'; ending them", response.getStaleCount());
        attempts.drop(response.getStaleList().stream().map(AttemptId::parse).toList());
      }
    }

    @Override
    public void onError(Throwable thrown) {
      finish(Status.fromThrowable(thrown));
    }

    @Override
    public void onCompleted() {
      finish(Status.OK);
    }

    private void finish(Status status) {
      LOG.debug("the stream of reports ended: {}", status);
      lock.lock();
      try {
        over = true;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }
}
