package dev.berth.controlplane.run;

import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.v1.ErrorReason;
import dev.berth.v1.RunInputAck;

/** Inputs between the API and the domain. */
final class RunInputProtoMapper {
  private static final byte[] NONE = {};

  private RunInputProtoMapper() {}

  static RunInput input(dev.berth.v1.RunInput input) {
    String id = input.getInputId();
    Fields.requireNoNul("input_id", id);
    return switch (input.getInputCase()) {
      case DATA -> new RunInput(id, RunInput.Kind.DATA, input.getData().toByteArray(), "");
      case CLOSE -> new RunInput(id, RunInput.Kind.CLOSE, NONE, "");
      case SIGNAL -> new RunInput(id, RunInput.Kind.SIGNAL, NONE, input.getSignal());
      case CANCEL -> new RunInput(id, RunInput.Kind.CANCEL, NONE, "");
      case INPUT_NOT_SET ->
          throw CommonErrors.fieldInvalid("input", "needs data, close, signal or cancel");
    };
  }

  static RunInputAck ack(String input, RunInput.Standing standing) {
    RunInputAck.Builder ack = RunInputAck.newBuilder().setInputId(input);
    if (!standing.failure().isEmpty()) {
      return ack.setState(RunInputAck.State.STATE_REFUSED)
          .setReason(ErrorReason.ERROR_REASON_RUN_STATE)
          .setMessage(standing.failure())
          .build();
    }
    return ack.setState(
            standing.given() ? RunInputAck.State.STATE_DELIVERED : RunInputAck.State.STATE_RECORDED)
        .build();
  }

  static RunInputAck refused(String input, BerthException why) {
    return RunInputAck.newBuilder()
        .setInputId(input)
        .setState(RunInputAck.State.STATE_REFUSED)
        .setReason(ErrorReason.valueOf("ERROR_REASON_" + why.reason().name()))
        .setMessage(why.message())
        .build();
  }
}
