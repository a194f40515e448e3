package dev.berth.controlplane.platform.grpc;

import dev.berth.controlplane.platform.config.BoundsConfig;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.errors.ErrorReason;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import jakarta.inject.Singleton;

/**
 * Refuses metadata and messages that are too large, and messages that cannot be read. The transport
 * refuses such too, but says no reason; so it is given wider bounds than these.
 */
@Singleton
final class BoundsInterceptor implements ServerInterceptor {
  private final int maxMessageBytes;
  private final int maxMetadataBytes;

  BoundsInterceptor(BoundsConfig bounds) {
    this.maxMessageBytes = bounds.maxMessageBytes();
    this.maxMetadataBytes = bounds.maxMetadataBytes();
  }

  /** The service with requests read by {@link BoundedMarshaller}. */
  ServerServiceDefinition bounded(ServerServiceDefinition service) {
    var descriptor =
        ServiceDescriptor.newBuilder(service.getServiceDescriptor().getName())
            .setSchemaDescriptor(service.getServiceDescriptor().getSchemaDescriptor());
    var methods = service.getMethods().stream().map(this::bounded).toList();
    methods.forEach(method -> descriptor.addMethod(method.getMethodDescriptor()));
    var bounded = ServerServiceDefinition.builder(descriptor.build());
    methods.forEach(bounded::addMethod);
    return bounded.build();
  }

  private <A, B> ServerMethodDefinition<A, B> bounded(ServerMethodDefinition<A, B> method) {
    MethodDescriptor<A, B> descriptor = method.getMethodDescriptor();
    return ServerMethodDefinition.create(
        descriptor.toBuilder()
            .setRequestMarshaller(
                new BoundedMarshaller<>(descriptor.getRequestMarshaller(), maxMessageBytes))
            .build(),
        method.getServerCallHandler());
  }

  @Override
  public <A, B> ServerCall.Listener<A> interceptCall(
      ServerCall<A, B> call, Metadata headers, ServerCallHandler<A, B> next) {
    int size = 0;
    for (byte[] part : InternalMetadata.serialize(headers)) {
      size += part.length;
    }
    if (size > maxMetadataBytes) {
      throw BerthException.of(
              ErrorReason.MESSAGE_TOO_LARGE,
              "the metadata has " + size + " bytes; " + maxMetadataBytes + " is the most")
          .with("limit", maxMetadataBytes);
    }
    var listener = new Bounded<>(next.startCall(call, headers), call);
    WireBound.onTooLarge(() -> listener.refuse(tooLarge(maxMessageBytes)));
    return listener;
  }

  static BerthException tooLarge(int most) {
    return BerthException.of(
            ErrorReason.MESSAGE_TOO_LARGE,
            "the message has more than " + most + " bytes, which is the most")
        .with("limit", most);
  }

  static BerthException unreadable() {
    return CommonErrors.fieldInvalid("", "the message is none of this method");
  }

  static boolean isTooLarge(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof BoundedMarshaller.TooLargeException) {
        return true;
      }
    }
    return false;
  }

  /** Once refused, the call hears nothing more than that it is over. */
  private static final class Bounded<A> extends SimpleForwardingServerCallListener<A> {
    private final ServerCall<A, ?> call;
    private volatile boolean refused;

    Bounded(ServerCall.Listener<A> listener, ServerCall<A, ?> call) {
      super(listener);
      this.call = call;
    }

    void refuse(RuntimeException why) {
      refused = true;
      try {
        call.close(Status.UNKNOWN.withCause(why), new Metadata());
      } catch (IllegalStateException e) {
        assert refused : "it has ended meanwhile, which is as good";
      }
    }

    @Override
    public void onMessage(A message) {
      if (refused) {
        return;
      }
      if ((Object) message instanceof BoundedMarshaller.Refused stand) {
        refuse(stand.why());
      } else {
        super.onMessage(message);
      }
    }

    @Override
    public void onHalfClose() {
      if (!refused) {
        super.onHalfClose();
      }
    }

    @Override
    public void onComplete() {
      if (refused) {
        super.onCancel();
      } else {
        super.onComplete();
      }
    }
  }
}
