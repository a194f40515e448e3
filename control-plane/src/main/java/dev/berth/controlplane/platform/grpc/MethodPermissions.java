package dev.berth.controlplane.platform.grpc;

import com.google.protobuf.DescriptorProtos.MethodOptions;
import dev.berth.controlplane.platform.auth.Permission;
import dev.berth.v1.Options;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import java.util.Map;

/**
 * What each RPC asks of its caller: the {@code berth.v1.permission} option of its proto. The
 * services of gRPC itself, which carry no options of ours, stand in a table here.
 */
final class MethodPermissions {
  private static final Map<String, Permission> FOREIGN =
      Map.of(
          "grpc.health.v1.Health", Permission.VIEW,
          "grpc.reflection.v1.ServerReflection", Permission.VIEW,
          "grpc.channelz.v1.Channelz", Permission.ADMINISTER);

  private MethodPermissions() {}

  /**
   * Throws {@link IllegalStateException} for a method without one, so that no listener opens with
   * it.
   */
  static Permission of(MethodDescriptor<?, ?> method) {
    Permission foreign = FOREIGN.get(String.valueOf(method.getServiceName()));
    if (foreign != null) {
      return foreign;
    }
    if (method.getSchemaDescriptor() instanceof ProtoMethodDescriptorSupplier supplier) {
      MethodOptions options = supplier.getMethodDescriptor().getOptions();
      if (options.hasExtension(Options.permission)) {
        String name = options.getExtension(Options.permission).name();
        if (!name.equals("PERMISSION_UNSPECIFIED")) {
          return Permission.valueOf(name.substring("PERMISSION_".length()));
        }
      }
    }
    throw new IllegalStateException("no permission option on " + method.getFullMethodName());
  }
}
