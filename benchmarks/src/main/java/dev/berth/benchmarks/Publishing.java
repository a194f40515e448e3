package dev.berth.benchmarks;

import com.google.protobuf.ByteString;
import dev.berth.executor.v1.AgentEvent;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc;
import dev.berth.executor.v1.Position;
import dev.berth.executor.v1.PublishEventsRequest;
import dev.berth.executor.v1.PublishEventsResponse;
import dev.berth.executor.v1.StartRun;
import dev.berth.v1.Log;
import dev.berth.v1.RunStarted;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * An executor's stream of batches, with a window as an agent's. Positions count events. For one
 * thread.
 */
final class Publishing implements StreamObserver<PublishEventsResponse> {
  private static final int WINDOW = 16;

  private final StreamObserver<PublishEventsRequest> requests;
  private final Semaphore window = new Semaphore(WINDOW);
  private volatile @Nullable RuntimeException failure;

  Publishing(Channel channel) {
    requests = ExecutorLinkServiceGrpc.newStub(channel).publishEvents(this);
  }

  /** The attempt has begun: its first event and position. */
  void started(StartRun run) throws InterruptedException {
    publish(
        run,
        0,
        List.of(AgentEvent.newBuilder().setRunStarted(RunStarted.getDefaultInstance()).build()));
  }

  /** Sends what follows the first {@code from} events; waits while the window is full. */
  void publish(StartRun run, long from, List<AgentEvent> events) throws InterruptedException {
    window.acquire();
    RuntimeException failed = failure;
    if (failed != null) {
      throw failed;
    }
    requests.onNext(
        PublishEventsRequest.newBuilder()
            .setRunId(run.getRunId())
            .setAttemptId(run.getAttemptId())
            .setFrom(Position.newBuilder().setOut(from))
            .setTo(Position.newBuilder().setOut(from + events.size()))
            .addAllEvents(events)
            .build());
  }

  static AgentEvent line(ByteString data) {
    return AgentEvent.newBuilder()
        .setLog(Log.newBuilder().setStream(Log.Stream.STREAM_STDOUT).setData(data))
        .build();
  }

  /** Waits until all is answered, and so committed. */
  void flush() throws InterruptedException {
    window.acquire(WINDOW);
    window.release(WINDOW);
    RuntimeException failed = failure;
    if (failed != null) {
      throw failed;
    }
  }

  @Override
  public void onNext(PublishEventsResponse answer) {
    if (answer.getStatus() != PublishEventsResponse.Status.STATUS_OK) {
      failure = new IllegalStateException("a batch was not taken: " + answer);
    }
    window.release();
  }

  @Override
  public void onError(Throwable thrown) {
    failure = new IllegalStateException("the stream of events ended", thrown);
    window.release(WINDOW);
  }

  @Override
  public void onCompleted() {}
}
