package dev.berth.controlplane.run;

import dev.berth.common.Id.ExecutorId;
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
  private final ReentrantLock lock = new ReentrantLock();
  private final StreamAnswers<ReportAttemptsResponse> answers;
  private List<AttemptReport> waiting = new ArrayList<>();
  private int requests;
  private boolean committing;

  ReportAttemptsStream(
      ExecutorId executor,
      AttemptReportService service,
      Draining draining,
      Clock clock,
      ServerCallStreamObserver<ReportAttemptsResponse> responses) {
    this.executor = executor;
    this.service = service;
    this.clock = clock;
    this.answers = new StreamAnswers<>(lock, responses, () -> !committing, () -> waiting.clear());
    answers.open(WINDOW, draining);
  }

  @Override
  public void onNext(ReportAttemptsRequest request) {
    List<AttemptReport> reports;
    try {
      reports = PublishProtoMapper.reports(request, clock);
    } catch (RuntimeException e) {
      answers.fail(e);
      return;
    }
    service.heard(executor, reports);
    lock.lock();
    try {
      if (answers.closed()) {
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
          if (answers.closed() || requests == 0) {
            committing = false;
            answers.completeIfDone();
            return;
          }
          taken = waiting;
          waiting = new ArrayList<>();
          answered = requests;
          requests = 0;
        } finally {
          lock.unlock();
        }
        answers.answer(PublishProtoMapper.response(service.record(executor, taken)), answered);
      }
    } catch (RuntimeException e) {
      log.debug("the reports of {} end", executor, e);
      answers.fail(e);
    }
  }

  @Override
  public void onCompleted() {
    answers.halfClosed();
  }

  @Override
  public void onError(Throwable failure) {
    answers.gone();
  }
}
