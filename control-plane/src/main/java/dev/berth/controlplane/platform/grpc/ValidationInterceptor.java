package dev.berth.controlplane.platform.grpc;

import com.google.protobuf.Message;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import jakarta.inject.Singleton;

/** Has every message that comes in checked before any handler sees it. */
@Singleton
final class ValidationInterceptor implements ServerInterceptor {
  private final RequestValidator validator;

  ValidationInterceptor(RequestValidator validator) {
    this.validator = validator;
  }

  @Override
  public <A, B> ServerCall.Listener<A> interceptCall(
      ServerCall<A, B> call, Metadata headers, ServerCallHandler<A, B> next) {
    return new SimpleForwardingServerCallListener<A>(next.startCall(call, headers)) {
      @Override
      public void onMessage(A message) {
        if (message instanceof Message proto) {
          validator.check(proto);
        }
        super.onMessage(message);
      }
    };
  }
}
