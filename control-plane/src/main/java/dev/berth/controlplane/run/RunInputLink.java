package dev.berth.controlplane.run;

import com.google.protobuf.ByteString;
import dev.berth.common.Id.ExecutorId;
import dev.berth.controlplane.executor.LinkOrder;
import dev.berth.controlplane.executor.OrderSource;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.executor.v1.GiveInput;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Objects;

/** Tells executors what to give the processes of runs: rows that were not given yet. */
@Singleton
final class RunInputLink implements OrderSource {
  private static final int AT_ONCE = 64;

  private final RunInputRepository inputs;

  RunInputLink(RunInputRepository inputs) {
    this.inputs = inputs;
  }

  @Override
  public List<LinkOrder> outstanding(ExecutorId executor) {
    return inputs.outstanding(executor, AT_ONCE).stream().map(RunInputLink::order).toList();
  }

  private static LinkOrder order(RunInputRepository.Order order) {
    RunInput.Recorded recorded = order.input();
    GiveInput.Builder message =
        GiveInput.newBuilder()
            .setRunId(order.run().toString())
            .setAttemptId(order.attempt().toString())
            .setSeq(recorded.seq());
    switch (recorded.input().kind()) {
      case DATA ->
          message.setData(
              GiveInput.Data.newBuilder()
                  .setPosition(recorded.position())
                  .setBytes(ByteString.copyFrom(recorded.input().data())));
      case CLOSE -> message.setClose(GiveInput.Close.getDefaultInstance());
      case SIGNAL -> message.setSignal(recorded.input().signal());
      case INTERRUPT -> message.setInterrupt(dev.berth.v1.RunInput.Interrupt.getDefaultInstance());
      case ANSWER ->
          message.setAnswer(
              RunInputProtoMapper.answer(Objects.requireNonNull(recorded.input().told())));
      case CANCEL -> throw new IllegalStateException("a cancel is no input of a process");
    }
    return new LinkOrder(
        "input:" + order.attempt() + ":" + recorded.seq(),
        1,
        ConnectResponse.newBuilder().setGiveInput(message).build());
  }
}
