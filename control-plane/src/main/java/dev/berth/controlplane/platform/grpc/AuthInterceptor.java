package dev.berth.controlplane.platform.grpc;

import dev.berth.common.Channels;
import dev.berth.controlplane.platform.auth.AuthErrors;
import dev.berth.controlplane.platform.auth.Authenticator;
import dev.berth.controlplane.platform.auth.Permission;
import dev.berth.controlplane.platform.auth.Principal;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Lets no call pass without a credential whose role holds the permission of the RPC. No RPC is
 * exempt.
 */
@Singleton
final class AuthInterceptor implements ServerInterceptor {
  private final Authenticator authenticator;
  private final Map<String, Permission> permissions = new ConcurrentHashMap<>();

  AuthInterceptor(Authenticator authenticator) {
    this.authenticator = authenticator;
  }

  @Override
  public <A, B> ServerCall.Listener<A> interceptCall(
      ServerCall<A, B> call, Metadata headers, ServerCallHandler<A, B> next) {
    Principal principal = authenticator.authenticate(headers.get(Channels.AUTHORIZATION));
    Permission needed =
        permissions.computeIfAbsent(
            call.getMethodDescriptor().getFullMethodName(),
            name -> MethodPermissions.of(call.getMethodDescriptor()));
    if (!principal.role().may(needed)) {
      throw AuthErrors.permissionMissing(needed);
    }
    Context context = Context.current().withValue(CallContext.PRINCIPAL, principal);
    return Contexts.interceptCall(context, call, headers, next);
  }
}
