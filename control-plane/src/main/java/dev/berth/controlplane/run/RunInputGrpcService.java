package dev.berth.controlplane.run;

import dev.berth.common.Id.RunId;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.config.WatchConfig;
import dev.berth.controlplane.platform.grpc.CallContext;
import dev.berth.controlplane.platform.grpc.Draining;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.platform.grpc.ResponseStream;
import dev.berth.controlplane.platform.grpc.WatchLimits;
import dev.berth.v1.AttachRunRequest;
import dev.berth.v1.AttachRunResponse;
import dev.berth.v1.RunInputServiceGrpc;
import dev.berth.v1.SendRunInputRequest;
import dev.berth.v1.SendRunInputResponse;
import io.grpc.stub.StreamObserver;
import jakarta.inject.Singleton;
import java.util.concurrent.CancellationException;

/** RunInputService of the API. */
@Singleton
final class RunInputGrpcService extends RunInputServiceGrpc.RunInputServiceImplBase {
  private final RunService runs;
  private final RunInputs inputs;
  private final RunTails tails;
  private final WatchConfig watchConfig;
  private final WatchLimits watchLimits;
  private final Draining draining;

  RunInputGrpcService(
      RunService runs,
      RunInputs inputs,
      RunTails tails,
      WatchConfig watchConfig,
      WatchLimits watchLimits,
      Draining draining) {
    this.runs = runs;
    this.inputs = inputs;
    this.tails = tails;
    this.watchConfig = watchConfig;
    this.watchLimits = watchLimits;
    this.draining = draining;
  }

  @Override
  public StreamObserver<AttachRunRequest> attachRun(StreamObserver<AttachRunResponse> responses) {
    Caller caller = CallContext.caller();
    AttachRunStream stream =
        new AttachRunStream(caller, runs, inputs, tails, watchConfig, responses);
    ResponseStream.serve(
        responses, draining, watchLimits.bounded(caller.projectId(), stream::serve));
    return stream;
  }

  @Override
  public void sendRunInput(
      SendRunInputRequest request, StreamObserver<SendRunInputResponse> responses) {
    Caller caller = CallContext.caller();
    RunId run = Fields.id("run_id", request.getRunId(), RunId::parse);
    RunInput input = RunInputProtoMapper.input(request.getInput());
    try {
      RunInput.Standing standing = inputs.record(caller.projectId(), run, caller.actor(), input);
      if (request.hasWait() && !standing.given()) {
        standing =
            inputs.awaitGiven(
                caller.projectId(), run, input.id(), RunProtoMapper.duration(request.getWait()));
      }
      responses.onNext(
          SendRunInputResponse.newBuilder()
              .setAck(RunInputProtoMapper.ack(input.id(), standing))
              .build());
      responses.onCompleted();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("the wait was interrupted");
    }
  }
}
