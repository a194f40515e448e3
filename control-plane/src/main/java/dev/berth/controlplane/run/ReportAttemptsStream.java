package dev.berth.controlplane.run;

import dev.berth.common.Id.ExecutorId;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.Draining;
import dev.berth.executor.v1.ReportAttemptsRequest;
import dev.berth.executor.v1.ReportAttemptsResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One executor's stream of reports about attempts without a session. What comes while a commit is
 * under way is committed together by the next.
 */
final class ReportAttemptsStream implements StreamObserver<ReportAttemptsRequest> {
  /** Requests that are taken in before the first of them is answered. */
  private static final int WINDOW = 64;

  private static final Logger log = LoggerFactory.getLogger(ReportAttemptsStream.class);

  private final ExecutorId executor;
  private final AttemptReportService service;
  private final Clock clock;
  private final ServerCallStreamObserver<ReportAttemptsResponse> responses;
  private final ReentrantLock lock = new ReentrantLock();
  private final Runnable undrain;
  private List<AttemptReport> waiting = new ArrayList<>();
  private int requests;
  private boolean committing;
  private boolean halfClosed;
  private boolean closed;

  ReportAttemptsStream(
      ExecutorId executor,
      AttemptReportService service,
      Draining draining,
      Clock clock,
      ServerCallStreamObserver<ReportAttemptsResponse> responses) {
    this.executor = executor;
    this.service = service;
    this.clock = clock;
    this.responses = responses;
    responses.disableAutoRequest();
    responses.setOnCancelHandler(this::gone);
    responses.setOnCloseHandler(this::gone);
    responses.request(WINDOW);
    this.undrain = draining.onDrain(() -> fail(CommonErrors.draining()));
  }

  @Override
  public void onNext(ReportAttemptsRequest request) {
    List<AttemptReport> reports;
    try {
      reports = PublishProtoMapper.reports(request, clock);
    } catch (RuntimeException e) {
      fail(e);
      return;
    }
    lock.lock();
    try {
      if (closed) {
        return;
      }
      waiting.addAll(reports);
      requests++;
      if (committing) {
        return;
      }
      committing = true;
    } finally {
      lock.unlock();
    }
    Thread committer = Thread.ofVirtual().name("settle-" + executor).start(this::commit);
    assert committer.isVirtual();
  }

  private void commit() {
    try {
      while (true) {
        List<AttemptReport> taken;
        int answered;
        lock.lock();
        try {
          if (closed || requests == 0) {
            committing = false;
            completeIfDone();
            return;
          }
          taken = waiting;
          waiting = new ArrayList<>();
          answered = requests;
          requests = 0;
        } finally {
          lock.unlock();
        }
        answer(service.record(executor, taken), answered);
      }
    } catch (RuntimeException e) {
      log.debug("the reports of {} end", executor, e);
      fail(e);
    }
  }

  private void answer(AttemptReportService.Outcome outcome, int requests) {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      responses.onNext(PublishProtoMapper.response(outcome));
    } finally {
      lock.unlock();
    }
    responses.request(requests);
  }

  @Override
  public void onCompleted() {
    lock.lock();
    try {
      halfClosed = true;
      completeIfDone();
    } finally {
      lock.unlock();
    }
  }

  private void completeIfDone() {
    if (halfClosed && !committing && !closed) {
      closed = true;
      undrain.run();
      responses.onCompleted();
    }
  }

  @Override
  public void onError(Throwable failure) {
    gone();
  }

  private void gone() {
    undrain.run();
    lock.lock();
    try {
      closed = true;
      waiting.clear();
    } finally {
      lock.unlock();
    }
  }

  private void fail(RuntimeException failure) {
    undrain.run();
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        waiting.clear();
        responses.onError(failure);
      }
    } catch (IllegalStateException e) {
      log.debug("the reports of {} had ended already", executor, e);
    } finally {
      lock.unlock();
    }
  }
}
