package dev.berth.controlplane.run;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.RunId;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.grpc.Draining;
import dev.berth.executor.v1.PublishEventsRequest;
import dev.berth.executor.v1.PublishEventsResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One executor's stream of batches. Those of one run are applied in order by one thread, those of
 * different runs beside one another. At most {@value #WINDOW} batches are taken in before the first
 * of them is answered. Batches of a run that piled up are committed together where they follow one
 * another.
 */
final class PublishEventsStream implements StreamObserver<PublishEventsRequest> {
  static final int WINDOW = 16;
  private static final int TOGETHER_EVENTS = 5_000;
  private static final Logger log = LoggerFactory.getLogger(PublishEventsStream.class);

  private final ExecutorId executor;
  private final PublishService service;
  private final Clock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final StreamAnswers<PublishEventsResponse> answers;
  private final Map<RunId, ArrayDeque<EventBatch>> lanes = new HashMap<>();
  private int underWay;

  PublishEventsStream(
      ExecutorId executor,
      PublishService service,
      Draining draining,
      Clock clock,
      ServerCallStreamObserver<PublishEventsResponse> responses) {
    this.executor = executor;
    this.service = service;
    this.clock = clock;
    this.answers = new StreamAnswers<>(lock, responses, () -> underWay == 0, lanes::clear);
    answers.open(WINDOW, draining);
  }

  @Override
  public void onNext(PublishEventsRequest request) {
    EventBatch batch;
    try {
      batch = PublishProtoMapper.batch(executor, request, clock);
    } catch (BerthException e) {
      answers.fail(e);
      return;
    }
    lock.lock();
    try {
      if (answers.closed()) {
        return;
      }
      underWay++;
      ArrayDeque<EventBatch> lane = lanes.get(batch.run());
      if (lane != null) {
        lane.add(batch);
        return;
      }
      lanes.put(batch.run(), new ArrayDeque<>(List.of(batch)));
    } finally {
      lock.unlock();
    }
    Thread worker =
        Thread.ofVirtual().name("publish " + batch.run()).start(() -> drain(batch.run()));
    assert worker.isVirtual();
  }

  private void drain(RunId run) {
    try {
      for (List<EventBatch> next = take(run); !next.isEmpty(); next = take(run)) {
        apply(next);
      }
    } catch (RuntimeException e) {
      log.debug("{}: the stream of {} ends", run, executor, e);
      answers.fail(e);
    }
  }

  /** Batches that can be committed as one; none once the lane is empty, which ends it. */
  private List<EventBatch> take(RunId run) {
    lock.lock();
    try {
      ArrayDeque<EventBatch> lane = lanes.get(run);
      if (answers.closed() || lane == null || lane.isEmpty()) {
        lanes.remove(run);
        return List.of();
      }
      List<EventBatch> taken = new ArrayList<>();
      int events = 0;
      while (!lane.isEmpty() && (taken.isEmpty() || taken.getLast().isFollowedBy(lane.peek()))) {
        events += lane.peek().events().size();
        if (!taken.isEmpty() && events > TOGETHER_EVENTS) {
          break;
        }
        taken.add(lane.remove());
      }
      return taken;
    } finally {
      lock.unlock();
    }
  }

  private void apply(List<EventBatch> batches) {
    if (batches.size() > 1) {
      EventBatch all = EventBatch.joined(batches);
      BatchResult result = service.apply(all);
      if (result.status() == BatchResult.Status.OK) {
        long seq = result.lastSeq() - all.events().size();
        for (EventBatch batch : batches) {
          seq += batch.events().size();
          answer(batch, new BatchResult(result.status(), batch.to(), seq, result.settled()));
        }
        return;
      }
    }
    for (EventBatch batch : batches) {
      answer(batch, service.apply(batch));
    }
  }

  private void answer(EventBatch batch, BatchResult result) {
    lock.lock();
    try {
      underWay--;
      answers.answer(PublishProtoMapper.response(batch, result), 1);
    } finally {
      lock.unlock();
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
