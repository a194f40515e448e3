package dev.berth.executor.link;

import io.grpc.Metadata;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;

/** Carries the trace context of an order back to the control plane. */
final class Traces {

  private static final Metadata.Key<String> TRACEPARENT =
      Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);

  private Traces() {}

  static <S extends AbstractStub<S>> S with(S stub, String trace) {
    if (trace.isEmpty()) {
      return stub;
    }
    var headers = new Metadata();
    headers.put(TRACEPARENT, trace);
    return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }
}
