package dev.berth.executor.link;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import io.grpc.protobuf.StatusProto;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads why the control plane refused a call. */
final class Refusals {

  private static final String PREFIX = "ERROR_REASON_";

  private Refusals() {}

  /** The name of the {@code ErrorReason} without its prefix; empty where none was told. */
  static String reason(Throwable refused) {
    return info(refused)
        .map(ErrorInfo::getReason)
        .map(name -> name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name)
        .orElse("");
  }

  static Optional<String> metadata(@Nullable Throwable refused, String key) {
    return refused == null
        ? Optional.empty()
        : info(refused).map(info -> info.getMetadataOrDefault(key, ""));
  }

  private static Optional<ErrorInfo> info(Throwable refused) {
    var status = StatusProto.fromThrowable(refused);
    if (status == null) {
      return Optional.empty();
    }
    for (var detail : status.getDetailsList()) {
      if (detail.is(ErrorInfo.class)) {
        try {
          return Optional.of(detail.unpack(ErrorInfo.class));
        } catch (InvalidProtocolBufferException e) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }
}
