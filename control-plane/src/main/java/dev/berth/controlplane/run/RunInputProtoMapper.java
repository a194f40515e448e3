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
      case DATA -> new RunInput(id, RunInput.Kind.DATA, input.getData().toByteArray(), "", null);
      case CLOSE -> new RunInput(id, RunInput.Kind.CLOSE, NONE, "", null);
      case SIGNAL -> new RunInput(id, RunInput.Kind.SIGNAL, NONE, input.getSignal(), null);
      case CANCEL -> new RunInput(id, RunInput.Kind.CANCEL, NONE, "", null);
      case INTERRUPT -> new RunInput(id, RunInput.Kind.INTERRUPT, NONE, "", null);
      case ANSWER -> new RunInput(id, RunInput.Kind.ANSWER, NONE, "", told(input.getAnswer()));
      case INPUT_NOT_SET ->
          throw CommonErrors.fieldInvalid(
              "input", "needs data, close, signal, cancel, answer or interrupt");
    };
  }

  private static Told told(dev.berth.v1.RunInput.Answer answer) {
    Fields.requireNoNul("input.answer.provider_request_id", answer.getProviderRequestId());
    Fields.requireNoNul("input.answer.message", answer.getMessage());
    answer
        .getAnswersMap()
        .forEach((question, text) -> Fields.requireNoNul("input.answer.answers", question + text));
    return new Told(
        answer.getProviderRequestId(),
        answer.getAllow(),
        answer.getMessage(),
        answer.getAnswersMap());
  }

  static dev.berth.v1.RunInput.Answer answer(Told told) {
    return dev.berth.v1.RunInput.Answer.newBuilder()
        .setProviderRequestId(told.request())
        .setAllow(told.allowed())
        .setMessage(told.message())
        .putAllAnswers(told.answers())
        .build();
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
