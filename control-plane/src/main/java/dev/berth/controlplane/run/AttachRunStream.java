package dev.berth.controlplane.run;

import dev.berth.common.Id.RunId;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.config.WatchConfig;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.platform.grpc.ResponseStream;
import dev.berth.v1.AttachRunRequest;
import dev.berth.v1.AttachRunResponse;
import dev.berth.v1.RunInputAck;
import dev.berth.v1.WatchRunRequest;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * One AttachRun call. Its events are sent by the stream's thread, as for WatchRun, and so are the
 * acknowledgements; inputs are recorded by another ({@link RunInputsStream}), so that a client that
 * is slow to read can still signal or cancel. One input at a time is taken off the transport.
 */
final class AttachRunStream implements StreamObserver<AttachRunRequest> {
  private static final Duration FOR_EVER = Duration.ofDays(1);

  private final Caller caller;
  private final RunService runs;
  private final RunInputs inputs;
  private final RunTails tails;
  private final WatchConfig timing;
  private final ServerCallStreamObserver<AttachRunResponse> call;
  private final CompletableFuture<WatchRunRequest> first = new CompletableFuture<>();
  private final CompletableFuture<ResponseStream<AttachRunResponse>> serving =
      new CompletableFuture<>();
  private final Queue<RunInputAck> acks = new ConcurrentLinkedQueue<>();
  private final RunInputsStream attached;

  /** To be made in the handler; {@link #serve} is then the body of the call's stream. */
  AttachRunStream(
      Caller caller,
      RunService runs,
      RunInputs inputs,
      RunTails tails,
      WatchConfig timing,
      StreamObserver<AttachRunResponse> responses) {
    this.caller = caller;
    this.runs = runs;
    this.inputs = inputs;
    this.tails = tails;
    this.timing = timing;
    this.call = (ServerCallStreamObserver<AttachRunResponse>) responses;
    this.attached = new RunInputsStream(this::tell, () -> call.request(1));
    call.disableAutoRequest();
    call.request(1);
  }

  @Override
  public void onNext(AttachRunRequest request) {
    if (request.hasInput() && first.isDone()) {
      attached.take(RunInputProtoMapper.input(request.getInput()));
    } else if (request.hasWatch() && first.complete(request.getWatch())) {
      call.request(1);
      serving.thenAccept(ResponseStream::hint);
    } else {
      throw CommonErrors.fieldInvalid("watch", "comes first, and once");
    }
  }

  @Override
  public void onError(Throwable failure) {
    attached.close();
  }

  /** The client has nothing more to say, and goes on listening. */
  @Override
  public void onCompleted() {
    if (!first.isDone()) {
      throw CommonErrors.fieldInvalid("watch", "comes first, and once");
    }
  }

  void serve(ResponseStream<AttachRunResponse> stream) throws InterruptedException {
    serving.complete(stream);
    while (!first.isDone()) {
      boolean hinted = stream.awaitHint(FOR_EVER);
      assert hinted || !first.isDone();
    }
    WatchRunRequest watch = first.join();
    Run run =
        runs.find(caller.projectId(), Fields.id("watch.run_id", watch.getRunId(), RunId::parse));
    Set<String> types = Set.copyOf(watch.getTypesList());
    try (RunInputsStream taking = attached.start(caller, run.id(), inputs)) {
      new WatchRunStream(
              run.id(),
              watch.getAfterSeq(),
              types,
              timing,
              stream,
              events -> stream.send(AttachRunResponse.newBuilder().setEvents(events).build()),
              watching -> acknowledge(stream, watching, taking))
          .serve(tails);
    }
  }

  private void tell(RunInputAck ack) {
    acks.add(ack);
    serving.thenAccept(ResponseStream::hint);
  }

  private void acknowledge(
      ResponseStream<AttachRunResponse> stream, WatchRunStream watching, RunInputsStream taking)
      throws InterruptedException {
    taking.requireHealthy();
    for (RunInputAck ack = acks.poll(); ack != null; ack = acks.poll()) {
      watching.awaitReady();
      stream.send(AttachRunResponse.newBuilder().setInputAck(ack).build());
    }
  }
}
