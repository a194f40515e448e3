package dev.berth.cli.connection;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.ErrorInfo;
import dev.berth.v1.ErrorReason;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Optional;

/** What a refusal says beside its code. */
public final class Refusals {
  private Refusals() {}

  /** Why the control plane refused; empty where it was not the control plane. */
  public static Optional<ErrorReason> reason(StatusRuntimeException refused) {
    return detail(refused, ErrorInfo.class)
        .map(info -> "ERROR_REASON_" + info.getReason())
        .flatMap(name ->
            Optional.ofNullable(ErrorReason.getDescriptor().findValueByName(name))
                .map(value -> ErrorReason.forNumber(value.getNumber())));
  }

  public static <T extends Message> Optional<T> detail(
      StatusRuntimeException refused, Class<T> type) {
    com.google.rpc.Status status = StatusProto.fromThrowable(refused);
    if (status == null) {
      return Optional.empty();
    }
    for (Any any : status.getDetailsList()) {
      if (any.is(type)) {
        try {
          return Optional.of(any.unpack(type));
        } catch (InvalidProtocolBufferException e) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }
}
