package dev.berth.controlplane.workspace;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Map;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** How a call was refused, as its client sees it. */
record Refusal(
    Status.Code code, String reason, Map<String, String> metadata, boolean retry, String field) {

  static Refusal of(ThrowingCallable call) {
    StatusRuntimeException refused =
        Assertions.catchThrowableOfType(StatusRuntimeException.class, call);
    assertThat(refused).as("a refusal").isNotNull();
    return from(refused);
  }

  static Refusal from(Throwable refused) {
    var status = StatusProto.fromThrowable(refused);
    assertThat(status).isNotNull();
    String reason = "";
    String field = "";
    Map<String, String> metadata = Map.of();
    boolean retry = false;
    try {
      for (var detail : status.getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          reason = detail.unpack(ErrorInfo.class).getReason();
          metadata = detail.unpack(ErrorInfo.class).getMetadataMap();
        } else if (detail.is(BadRequest.class)) {
          field = detail.unpack(BadRequest.class).getFieldViolations(0).getField();
        }
        retry |= detail.is(RetryInfo.class);
      }
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
    return new Refusal(
        Status.fromCodeValue(status.getCode()).getCode(), reason, metadata, retry, field);
  }
}
