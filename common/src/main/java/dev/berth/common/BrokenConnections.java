package dev.berth.common;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.nio.channels.ClosedChannelException;

/**
 * Says UNAVAILABLE of every connection that breaks under a call. grpc-java says UNKNOWN where it
 * breaks while the call's headers are written (its issue 10120), which nobody may repeat unasked.
 */
public final class BrokenConnections implements ClientInterceptor {
  @Override
  public <A, B> ClientCall<A, B> interceptCall(
      MethodDescriptor<A, B> method, CallOptions options, Channel next) {
    return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
      @Override
      public void start(Listener<B> listener, Metadata headers) {
        super.start(new Naming<>(listener), headers);
      }
    };
  }

  private static final class Naming<B> extends SimpleForwardingClientCallListener<B> {
    Naming(ClientCall.Listener<B> listener) {
      super(listener);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      boolean broken =
          status.getCode() == Status.Code.UNKNOWN
              && status.getCause() instanceof ClosedChannelException;
      super.onClose(
          broken
              ? Status.UNAVAILABLE
                  .withDescription("the connection broke")
                  .withCause(status.getCause())
              : status,
          trailers);
    }
  }
}
