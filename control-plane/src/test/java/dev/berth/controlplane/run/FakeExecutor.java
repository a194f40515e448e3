package dev.berth.controlplane.run;

import com.google.protobuf.ByteString;
import dev.berth.executor.v1.AgentEvent;
import dev.berth.executor.v1.AttemptEnd;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc;
import dev.berth.executor.v1.Position;
import dev.berth.executor.v1.PublishEventsRequest;
import dev.berth.executor.v1.PublishEventsResponse;
import dev.berth.v1.EndReason;
import dev.berth.v1.Log;
import dev.berth.v1.Run;
import dev.berth.v1.RunEnd;
import dev.berth.v1.RunStarted;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An executor's end of one PublishEvents stream, and the batches it would send. */
final class FakeExecutor implements AutoCloseable {
  private final BlockingQueue<Object> answers = new LinkedBlockingQueue<>();
  private final StreamObserver<PublishEventsRequest> requests;

  FakeExecutor(Channel channel) {
    this.requests =
        ExecutorLinkServiceGrpc.newStub(channel)
            .publishEvents(
                new StreamObserver<>() {
                  @Override
                  public void onNext(PublishEventsResponse answer) {
                    answers.add(answer);
                  }

                  @Override
                  public void onError(Throwable failure) {
                    answers.add(failure);
                  }

                  @Override
                  public void onCompleted() {
                    answers.add("completed");
                  }
                });
  }

  void send(PublishEventsRequest batch) {
    requests.onNext(batch);
  }

  PublishEventsResponse answer() throws Exception {
    Object answer = answers.poll(20, TimeUnit.SECONDS);
    if (answer instanceof PublishEventsResponse response) {
      return response;
    }
    throw new AssertionError("no answer but " + answer);
  }

  Throwable failure() throws Exception {
    return (Throwable) answers.poll(20, TimeUnit.SECONDS);
  }

  PublishEventsResponse publish(PublishEventsRequest batch) throws Exception {
    send(batch);
    return answer();
  }

  @Override
  public void close() {
    requests.onCompleted();
  }

  static PublishEventsRequest batch(Run run, long from, long to, AgentEvent... events) {
    PublishEventsRequest.Builder batch =
        PublishEventsRequest.newBuilder()
            .setRunId(run.getId())
            .setAttemptId(run.getAttemptId())
            .setFrom(at(from))
            .setTo(at(to));
    for (AgentEvent event : events) {
      batch.addEvents(event);
    }
    return batch.build();
  }

  /** The first batch of an attempt: it stands at 0 and leads to 1. */
  static PublishEventsRequest started(Run run) {
    return batch(
        run,
        0,
        1,
        AgentEvent.newBuilder()
            .setRunStarted(RunStarted.newBuilder().setImageDigest("sha256:real"))
            .build());
  }

  static PublishEventsRequest ended(
      Run run, long from, AttemptEnd.Outcome outcome, EndReason reason) {
    return batch(run, from, from + 1).toBuilder()
        .setEnd(
            AttemptEnd.newBuilder()
                .setOutcome(outcome)
                .setEnd(RunEnd.newBuilder().setReason(reason).setMessage("over")))
        .build();
  }

  static PublishEventsRequest succeeded(Run run, long from) {
    return ended(run, from, AttemptEnd.Outcome.OUTCOME_SUCCEEDED, EndReason.END_REASON_COMPLETED);
  }

  static AgentEvent line(String text) {
    return AgentEvent.newBuilder()
        .setLog(
            Log.newBuilder()
                .setStream(Log.Stream.STREAM_STDOUT)
                .setData(ByteString.copyFrom(text, StandardCharsets.UTF_8)))
        .build();
  }

  /** Positions of tests go along the first stream. */
  static Position at(long out) {
    return Position.newBuilder().setOut(out).build();
  }
}
