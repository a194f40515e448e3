package dev.berth.controlplane.testsupport;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.ErrorInfo;
import dev.berth.controlplane.platform.errors.ErrorReason;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Objects;
import java.util.Optional;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What a refused call says. */
public final class Statuses {

  private Statuses() {}

  /** Runs {@code call}, which must be refused with that reason and its code. */
  public static StatusRuntimeException refused(ErrorReason reason, ThrowingCallable call) {
    StatusRuntimeException status =
        Assertions.catchThrowableOfType(StatusRuntimeException.class, call);
    assertThat(status).as("nothing was refused, expected " + reason).isNotNull();
    assertThat(status.getStatus().getCode())
        .as(status.getStatus().toString())
        .isEqualTo(reason.code());
    assertThat(info(status).map(ErrorInfo::getReason))
        .as(status.toString())
        .contains(reason.name());
    assertThat(info(status).map(ErrorInfo::getDomain)).contains("berth.dev");
    return status;
  }

  public static Status.Code code(ThrowingCallable call) {
    StatusRuntimeException status =
        Assertions.catchThrowableOfType(StatusRuntimeException.class, call);
    return status == null ? Status.Code.OK : status.getStatus().getCode();
  }

  public static Optional<ErrorInfo> info(StatusRuntimeException status) {
    return detail(status, ErrorInfo.class);
  }

  /** The detail of that type, for example {@code RetryInfo} or {@code BadRequest}. */
  public static <T extends Message> Optional<T> detail(
      StatusRuntimeException status, Class<T> type) {
    com.google.rpc.Status proto = StatusProto.fromThrowable(status);
    for (Any any : Objects.requireNonNull(proto).getDetailsList()) {
      if (any.is(type)) {
        try {
          return Optional.of(any.unpack(type));
        } catch (InvalidProtocolBufferException e) {
          throw new IllegalStateException(e);
        }
      }
    }
    return Optional.empty();
  }
}
