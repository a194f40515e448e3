package dev.berth.cli.run;

import dev.berth.cli.connection.Connection;
import dev.berth.v1.RunEvent;
import dev.berth.v1.WatchRunRequest;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Reads a run's events to their end, each once and in order: a broken stream is resumed behind the
 * last event examined, with backoff from 100 ms to 5 s, for as long as the control plane is away.
 * {@link #detach} ends the reading from another thread.
 */
public final class RunFollower {
  private static final long SHORTEST_PAUSE_MILLIS = 100;
  private static final long LONGEST_PAUSE_MILLIS = 5_000;

  private final Connection connection;
  private final String runId;
  private final CancellableContext reading = Context.current().withCancellation();
  private final CountDownLatch detached = new CountDownLatch(1);

  public RunFollower(Connection connection, String runId) {
    this.connection = connection;
    this.runId = runId;
  }

  /**
   * @param interrupted told once for each time the stream broke
   * @return false if it was detached before the run's last event
   */
  public boolean follow(long afterSeq, Consumer<RunEvent> each, Runnable interrupted) {
    long seq = afterSeq;
    long pause = SHORTEST_PAUSE_MILLIS;
    while (detached.getCount() > 0) {
      try {
        Context previous = reading.attach();
        try {
          var request = WatchRunRequest.newBuilder().setRunId(runId).setAfterSeq(seq).build();
          var answers = connection.runs().watchRun(request);
          while (answers.hasNext()) {
            var answer = answers.next();
            answer.getEventsList().forEach(each);
            seq = Math.max(seq, answer.getExaminedSeq());
            pause = SHORTEST_PAUSE_MILLIS;
          }
          return true;
        } finally {
          reading.detach(previous);
        }
      } catch (StatusRuntimeException e) {
        if (detached.getCount() > 0 && e.getStatus().getCode() != Status.Code.UNAVAILABLE) {
          throw e;
        }
        interrupted.run();
        pause = rest(pause);
      }
    }
    return false;
  }

  /** Ends {@link #follow}; the run goes on. */
  public void detach() {
    detached.countDown();
    reading.cancel(null);
  }

  private long rest(long pause) {
    try {
      detached.await(
          ThreadLocalRandom.current().nextLong(pause / 2, pause + 1), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      detach();
    }
    return Math.min(pause * 2, LONGEST_PAUSE_MILLIS);
  }
}
