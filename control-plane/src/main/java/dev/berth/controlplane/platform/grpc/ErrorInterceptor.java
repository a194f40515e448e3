package dev.berth.controlplane.platform.grpc;

import dev.berth.controlplane.platform.errors.StatusMapper;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import jakarta.inject.Singleton;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends every failed call with the status that {@link StatusMapper} gives it, whether a handler
 * threw or answered the exception to its observer; and logs each call at debug when it ends.
 */
@Singleton
final class ErrorInterceptor implements ServerInterceptor {
  private static final Logger log = LoggerFactory.getLogger("dev.berth.controlplane.calls");
  private final StatusMapper mapper;

  ErrorInterceptor(StatusMapper mapper) {
    this.mapper = mapper;
  }

  @Override
  public <A, B> ServerCall.Listener<A> interceptCall(
      ServerCall<A, B> call, Metadata headers, ServerCallHandler<A, B> next) {
    MappingCall<A, B> mapping = new MappingCall<>(call);
    try {
      return new GuardedListener<>(next.startCall(mapping, headers), mapping);
    } catch (RuntimeException e) {
      mapping.fail(e);
      return new ServerCall.Listener<>() {};
    }
  }

  private final class MappingCall<A, B> extends SimpleForwardingServerCall<A, B> {
    private final long start = System.nanoTime();
    private volatile boolean failed;

    MappingCall(ServerCall<A, B> call) {
      super(call);
    }

    @Override
    public void close(Status status, Metadata trailers) {
      String method = getMethodDescriptor().getFullMethodName();
      Throwable cause = status.getCause();
      if (!status.isOk() && cause != null && status.getCode() == Status.Code.UNKNOWN) {
        StatusRuntimeException mapped = mapper.map(cause, method);
        finish(
            mapped.getStatus(), Objects.requireNonNullElseGet(mapped.getTrailers(), Metadata::new));
      } else {
        finish(status, trailers);
      }
    }

    private void finish(Status status, Metadata trailers) {
      if (log.isDebugEnabled()) {
        log.debug(
            "{} {} {} ms trace {}",
            getMethodDescriptor().getFullMethodName(),
            status.getCode(),
            TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start),
            CallContext.TRACE_ID.get());
      }
      super.close(status, trailers);
    }

    void fail(RuntimeException failure) {
      failed = true;
      try {
        close(Status.UNKNOWN.withCause(failure), new Metadata());
      } catch (IllegalStateException e) {
        log.debug("failed after its end: {}", getMethodDescriptor().getFullMethodName(), failure);
      }
    }
  }

  private static final class GuardedListener<A, B> extends SimpleForwardingServerCallListener<A> {
    private final ErrorInterceptor.MappingCall<A, B> call;

    GuardedListener(ServerCall.Listener<A> listener, ErrorInterceptor.MappingCall<A, B> call) {
      super(listener);
      this.call = call;
    }

    @Override
    public void onMessage(A message) {
      guard(() -> super.onMessage(message));
    }

    @Override
    public void onHalfClose() {
      guard(super::onHalfClose);
    }

    @Override
    public void onReady() {
      guard(super::onReady);
    }

    @Override
    public void onCancel() {
      try {
        super.onCancel();
      } catch (RuntimeException e) {
        log.debug("a cancelled call failed", e);
      }
    }

    /** The handler of a call that failed here hears the same as if its caller had gone. */
    @Override
    public void onComplete() {
      try {
        if (call.failed) {
          super.onCancel();
        } else {
          super.onComplete();
        }
      } catch (RuntimeException e) {
        log.debug("a completed call failed", e);
      }
    }

    private void guard(Runnable callback) {
      if (call.failed) {
        return;
      }
      try {
        callback.run();
      } catch (RuntimeException e) {
        call.fail(e);
      }
    }
  }
}
