package dev.berth.controlplane.platform.grpc;

import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.auth.Principal;
import io.grpc.Context;

/** What the interceptors found out, in the gRPC context of the call. */
public final class CallContext {
  static final Context.Key<Principal> PRINCIPAL = Context.key("berth-principal");
  static final Context.Key<String> TRACE_ID = Context.key("berth-trace-id");

  private CallContext() {}

  /** The caller of the call this thread works for; {@link IllegalStateException} outside of one. */
  public static Caller caller() {
    Principal principal = PRINCIPAL.get();
    String traceId = TRACE_ID.get();
    if (principal == null || traceId == null) {
      throw new IllegalStateException("not in a call, or on a thread without its context");
    }
    return new Caller(principal, traceId);
  }
}
